package main

import (
	"context"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottldatapoint"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottllog"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlresource"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlscope"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspanevent"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

var settings = component.TelemetrySettings{Logger: zap.NewNop()}

// What answers the questions of a context.
var contexts = map[string]func(question) answer{
	"log":       aboutLog,
	"span":      aboutSpan,
	"spanevent": aboutSpanEvent,
	"metric":    aboutMetric,
	"datapoint": aboutDataPoint,
	"resource":  aboutResource,
	"scope":     aboutScope,
}

// A parser that takes paths without a context, as the filter's lists by context do, and one that wants it, as its
// lists by signal do.
type parsers[K any] struct{ plain, named ottl.Parser[K] }

func newParsers[K any](
	make func(map[string]ottl.Factory[K], component.TelemetrySettings, ...ottl.Option[K]) (ottl.Parser[K], error),
	named ottl.Option[K], more ...ottl.Factory[K],
) parsers[K] {
	functions := ottlfuncs.StandardConverters[K]()
	for _, one := range more {
		functions[one.Name()] = one
	}
	plain, err := make(functions, settings)
	if err != nil {
		panic(err)
	}
	withNames, err := make(functions, settings, named)
	if err != nil {
		panic(err)
	}
	return parsers[K]{plain, withNames}
}

var (
	logParsers       = newParsers(ottllog.NewParser, ottllog.EnablePathContextNames())
	spanParsers      = newParsers(ottlspan.NewParser, ottlspan.EnablePathContextNames(), ottlfuncs.NewIsRootSpanFactory())
	spanEventParsers = newParsers(ottlspanevent.NewParser, ottlspanevent.EnablePathContextNames())
	metricParsers    = newParsers(ottlmetric.NewParser, ottlmetric.EnablePathContextNames())
	dataPointParsers = newParsers(ottldatapoint.NewParser, ottldatapoint.EnablePathContextNames())
	resourceParsers  = newParsers(ottlresource.NewParser, ottlresource.EnablePathContextNames())
	scopeParsers     = newParsers(ottlscope.NewParser, ottlscope.EnablePathContextNames())
)

// What the condition says of one item.
func judge[K any](from parsers[K], condition string, item K) answer {
	compiled, err := from.plain.ParseCondition(condition)
	if err != nil {
		var second error
		if compiled, second = from.named.ParseCondition(condition); second != nil {
			return answer{Outcome: "load-error", Why: err.Error()}
		}
	}
	matches, err := compiled.Eval(context.Background(), item)
	switch {
	case err != nil:
		return answer{Outcome: "eval-error", Why: err.Error()}
	case matches:
		return answer{Outcome: "true"}
	default:
		return answer{Outcome: "false"}
	}
}

func noCase(why string) answer { return answer{Outcome: "no-case", Why: why} }

func aboutLog(asked question) answer {
	logs, err := asked.logs()
	if err != nil || logs.LogRecordCount() == 0 {
		return noCase("no log record")
	}
	resource := logs.ResourceLogs().At(0)
	scope := resource.ScopeLogs().At(0)
	item := ottllog.NewTransformContext(resource, scope, scope.LogRecords().At(0))
	defer item.Close()
	return judge(logParsers, asked.Condition, item)
}

func spansOf(asked question) (ptrace.ResourceSpans, ptrace.ScopeSpans, ptrace.Span, bool) {
	traces, err := asked.traces()
	if err != nil || traces.SpanCount() == 0 {
		return ptrace.ResourceSpans{}, ptrace.ScopeSpans{}, ptrace.Span{}, false
	}
	resource := traces.ResourceSpans().At(0)
	scope := resource.ScopeSpans().At(0)
	return resource, scope, scope.Spans().At(0), true
}

func aboutSpan(asked question) answer {
	resource, scope, span, ok := spansOf(asked)
	if !ok {
		return noCase("no span")
	}
	item := ottlspan.NewTransformContext(resource, scope, span)
	defer item.Close()
	return judge(spanParsers, asked.Condition, item)
}

func aboutSpanEvent(asked question) answer {
	resource, scope, span, ok := spansOf(asked)
	if !ok || span.Events().Len() <= asked.Event {
		return noCase("no span event")
	}
	item := ottlspanevent.NewTransformContext(
		resource, scope, span, span.Events().At(asked.Event), ottlspanevent.WithEventIndex(int64(asked.Event)))
	defer item.Close()
	return judge(spanEventParsers, asked.Condition, item)
}

func metricOf(asked question) (pmetric.ResourceMetrics, pmetric.ScopeMetrics, pmetric.Metric, bool) {
	metrics, err := asked.metrics()
	if err != nil || metrics.MetricCount() == 0 {
		return pmetric.ResourceMetrics{}, pmetric.ScopeMetrics{}, pmetric.Metric{}, false
	}
	resource := metrics.ResourceMetrics().At(0)
	scope := resource.ScopeMetrics().At(0)
	return resource, scope, scope.Metrics().At(0), true
}

func aboutMetric(asked question) answer {
	resource, scope, metric, ok := metricOf(asked)
	if !ok {
		return noCase("no metric")
	}
	item := ottlmetric.NewTransformContext(resource, scope, metric)
	defer item.Close()
	return judge(metricParsers, asked.Condition, item)
}

func aboutDataPoint(asked question) answer {
	resource, scope, metric, ok := metricOf(asked)
	if !ok {
		return noCase("no metric")
	}
	point := firstPoint(metric)
	if point == nil {
		return noCase("no data point")
	}
	item := ottldatapoint.NewTransformContext(resource, scope, metric, point)
	defer item.Close()
	return judge(dataPointParsers, asked.Condition, item)
}

func firstPoint(metric pmetric.Metric) any {
	switch {
	case metric.Type() == pmetric.MetricTypeGauge && metric.Gauge().DataPoints().Len() > 0:
		return metric.Gauge().DataPoints().At(0)
	case metric.Type() == pmetric.MetricTypeSum && metric.Sum().DataPoints().Len() > 0:
		return metric.Sum().DataPoints().At(0)
	case metric.Type() == pmetric.MetricTypeHistogram && metric.Histogram().DataPoints().Len() > 0:
		return metric.Histogram().DataPoints().At(0)
	case metric.Type() == pmetric.MetricTypeExponentialHistogram && metric.ExponentialHistogram().DataPoints().Len() > 0:
		return metric.ExponentialHistogram().DataPoints().At(0)
	case metric.Type() == pmetric.MetricTypeSummary && metric.Summary().DataPoints().Len() > 0:
		return metric.Summary().DataPoints().At(0)
	default:
		return nil
	}
}

// The resource and scope are those of the first item, whatever the signal.
func aboutResource(asked question) answer {
	if logs, err := asked.logs(); err == nil && logs.ResourceLogs().Len() > 0 {
		one := logs.ResourceLogs().At(0)
		return judge(resourceParsers, asked.Condition, ottlresource.NewTransformContext(one.Resource(), one))
	}
	if one, _, _, ok := spansOf(asked); ok {
		return judge(resourceParsers, asked.Condition, ottlresource.NewTransformContext(one.Resource(), one))
	}
	if one, _, _, ok := metricOf(asked); ok {
		return judge(resourceParsers, asked.Condition, ottlresource.NewTransformContext(one.Resource(), one))
	}
	return noCase("no resource")
}

func aboutScope(asked question) answer {
	if logs, err := asked.logs(); err == nil && logs.LogRecordCount() > 0 {
		one := logs.ResourceLogs().At(0)
		scope := one.ScopeLogs().At(0)
		return judge(scopeParsers, asked.Condition,
			ottlscope.NewTransformContext(scope.Scope(), one.Resource(), scope, one))
	}
	if one, scope, _, ok := spansOf(asked); ok {
		return judge(scopeParsers, asked.Condition,
			ottlscope.NewTransformContext(scope.Scope(), one.Resource(), scope, one))
	}
	if one, scope, _, ok := metricOf(asked); ok {
		return judge(scopeParsers, asked.Condition,
			ottlscope.NewTransformContext(scope.Scope(), one.Resource(), scope, one))
	}
	return noCase("no scope")
}
