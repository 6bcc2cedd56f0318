// Jaeger's own query API over its store in memory, with OTLP in, in one process on the loopback interface. The parts are
// Jaeger's: translation of OTLP, store, adjusters, HTTP handlers. Its first line on stderr is the address it listens on.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/jaegertracing/jaeger/cmd/query/app"
	"github.com/jaegertracing/jaeger/cmd/query/app/querysvc"
	"github.com/jaegertracing/jaeger/pkg/tenancy"
	"github.com/jaegertracing/jaeger/plugin/storage/memory"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/translator/jaeger"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const requestBytesMax = 16 << 20

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	store := memory.NewStore()
	query := querysvc.NewQueryService(store, store, querysvc.QueryServiceOptions{})
	router := app.NewRouter()
	app.NewAPIHandler(query, tenancy.NewManager(&tenancy.Options{})).RegisterRoutes(router)
	router.HandleFunc("/v1/traces", func(response http.ResponseWriter, request *http.Request) {
		if err := take(store, request); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
		}
	}).Methods(http.MethodPost)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "listening on http://%s\n", listener.Addr())
	return http.Serve(listener, router)
}

// take stores the spans of an OTLP request in protobuf, each with its process, as Jaeger's collector does.
func take(store *memory.Store, request *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(request.Body, requestBytesMax))
	if err != nil {
		return err
	}
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(body); err != nil {
		return err
	}
	batches, err := jaeger.ProtoFromTraces(export.Traces())
	if err != nil {
		return err
	}
	for _, batch := range batches {
		for _, span := range batch.Spans {
			if span.Process == nil {
				span.Process = batch.Process
			}
			if err := store.WriteSpan(request.Context(), span); err != nil {
				return err
			}
		}
	}
	return nil
}
