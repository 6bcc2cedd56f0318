package main

import (
	"context"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlresource"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

// The filter processor as far as a generated configuration uses it: conditions on the resource, of which each drops. The
// conditions are compiled and judged by the collector's own OTTL. The whole processor would bring contexts for profiles,
// which are a module of their own and not everywhere to be had.

type filterConfig struct {
	ErrorMode     ottl.ErrorMode `mapstructure:"error_mode"`
	LogConditions []string       `mapstructure:"log_conditions"`
}

func newFilterFactory() processor.Factory {
	return processor.NewFactory(
		component.MustNewType("filter"),
		func() component.Config { return &filterConfig{ErrorMode: ottl.PropagateError} },
		processor.WithLogs(createFilter, component.StabilityLevelStable))
}

func createFilter(
	ctx context.Context, set processor.Settings, raw component.Config, next consumer.Logs,
) (processor.Logs, error) {
	config := raw.(*filterConfig)
	functions := ottlfuncs.StandardConverters[*ottlresource.TransformContext]()
	parser, err := ottlresource.NewParser(
		functions, set.TelemetrySettings, ottlresource.EnablePathContextNames())
	if err != nil {
		return nil, err
	}
	conditions, err := parser.ParseConditions(config.LogConditions)
	if err != nil {
		return nil, err
	}
	drops := ottlresource.NewConditionSequence(
		conditions, set.TelemetrySettings, ottlresource.WithConditionSequenceErrorMode(config.ErrorMode))
	return processorhelper.NewLogs(ctx, set, raw, next,
		func(ctx context.Context, logs plog.Logs) (plog.Logs, error) {
			var failed error
			logs.ResourceLogs().RemoveIf(func(one plog.ResourceLogs) bool {
				context := ottlresource.NewTransformContext(one.Resource(), one)
				defer context.Close()
				drop, err := drops.Eval(ctx, context)
				if err != nil {
					failed = err
				}
				return drop
			})
			if failed == nil && logs.ResourceLogs().Len() == 0 {
				failed = processorhelper.ErrSkipProcessingData
			}
			return logs, failed
		},
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}
