// Prometheus' own HTTP API over its database and engine, with its OTLP receiver, in one process on the loopback interface.
// The parts are those of the server: what is left out is scraping, rules and discovery. Arguments: a folder for the
// database, the strategy for names, then the resource attributes that become labels. Its first line on stderr is the
// address it listens on.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/otlptranslator"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	api "github.com/prometheus/prometheus/web/api/v1"
)

const (
	lookback     = 5 * time.Minute
	timeout      = time.Minute
	samplesMax   = 50_000_000
	exemplarsMax = 100_000
)

func main() {
	if err := serve(os.Args[1], otlptranslator.TranslationStrategyOption(os.Args[2]), os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(folder string, strategy otlptranslator.TranslationStrategyOption, promoted []string) error {
	silent := slog.New(slog.NewTextHandler(io.Discard, nil))
	options := tsdb.DefaultOptions()
	options.OutOfOrderTimeWindow = (24 * time.Hour).Milliseconds()
	options.EnableExemplarStorage = true
	options.MaxExemplars = exemplarsMax
	database, err := tsdb.Open(folder, silent, nil, options, nil)
	if err != nil {
		return err
	}
	defer database.Close()

	parse := parser.NewParser(parser.Options{EnableExperimentalFunctions: true})
	engine := promql.NewEngine(promql.EngineOpts{
		Logger:                   silent,
		MaxSamples:               samplesMax,
		Timeout:                  timeout,
		LookbackDelta:            lookback,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: true,
		Parser:                   parse,
	})
	configuration := config.DefaultConfig
	configuration.OTLPConfig.TranslationStrategy = strategy
	configuration.OTLPConfig.PromoteResourceAttributes = promoted
	router := route.New()
	newAPI(silent, engine, parse, database, configuration).Register(router.WithPrefix("/api/v1"))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "listening on http://%s\n", listener.Addr())
	return http.Serve(listener, router)
}

// local is the database as the API takes it.
type local struct{ *tsdb.DB }

func (l local) ExemplarQuerier(ctx context.Context) (storage.ExemplarQuerier, error) {
	return l.DB.ExemplarQuerier(ctx)
}

func newAPI(logger *slog.Logger, engine *promql.Engine, parse parser.Parser, database *tsdb.DB, configuration config.Config) *api.API {
	const remoteReadMax, remoteReadFrameBytes = 1, 1 << 20
	return api.NewAPI(
		engine, local{database}, database, local{database},
		nil, nil, nil,
		func() config.Config { return configuration },
		nil,
		api.GlobalURLOptions{},
		func(handler http.HandlerFunc) http.HandlerFunc { return handler },
		nil, "", false, false, 0,
		logger,
		nil,
		remoteReadMax, remoteReadMax, remoteReadFrameBytes,
		false, nil, nil,
		&api.PrometheusVersion{Version: "3.16.0"},
		nil, nil,
		prometheus.NewRegistry(), prometheus.NewRegistry(), nil,
		false, nil,
		true, false, false,
		lookback,
		false, false, nil, nil,
		api.OpenAPIOptions{},
		parse,
		false, timeout,
	)
}
