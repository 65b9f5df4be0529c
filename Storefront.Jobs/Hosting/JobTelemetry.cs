using System.Diagnostics;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Hosting;

/// <summary>
/// Each run of a job as a span, a measurement and a log scope. The job carries the <c>traceparent</c> of what made it, so that all its
/// runs, on whichever node, are part of that trace; each run links to the one before it.
/// </summary>
internal sealed class JobTelemetry(EffectCatalogue effects, TimeProvider clock, ILogger<JobTelemetry> log)
    : JobFilterAttribute, IServerFilter, IElectStateFilter, IApplyStateFilter
{
    /// <summary>Job parameters. Written with the job, or together with a change of its state.</summary>
    public const string TraceParent = NewJob.TraceParentParameter, LastRun = "traceparent.last", DueAt = "DueAt";

    private const string Item = "storefront.run";

    public void OnPerforming(PerformingContext context)
    {
        var name = JobName.Of(context.BackgroundJob.Job, effects);
        var order = name.IsOrders && context.BackgroundJob.Job.Args[0] is Guid id ? id : (Guid?)null;
        context.Items[Item] = new Run(name, context.BackgroundJob.Job.Queue ?? Queues.Default, Start(context, name), clock.GetTimestamp())
        {
            Scope = order is { } known ? log.ForOrder(known) : null,
        };
        if (Measures.JobWait.Enabled) MeasureWait(context, name);
    }

    public void OnPerformed(PerformedContext context)
    {
        if (!context.Items.TryGetValue(Item, out var item) || item is not Run run) return;
        var thrown = context.Exception is JobPerformanceException { InnerException: { } inner } ? inner : context.Exception;
        var outcome = Outcome(thrown, context.CancellationToken.ShutdownToken);
        Measures.Job.Record(
            clock.GetElapsedTime(run.Began).TotalSeconds, new(Tags.Queue, run.Queue), new(Tags.Job, run.Name.Name),
            new(Tags.Outcome, outcome));
        run.Scope?.Dispose();
        if (run.Span is not { } span) return;
        span.SetTag(Tags.Outcome, outcome);
        if (thrown is not null)
        {
            // The kind of it alone: what others' exceptions say may name somebody.
            span.SetStatus(ActivityStatusCode.Error).SetTag(Tags.Error, (thrown.InnerException ?? thrown).GetType().Name);
            if (span.Recorded) thrown.Data[Item] = span.Id; // all that Hangfire keeps of a run that failed is what it threw
        }

        span.Dispose();
    }

    // What the next run wants to know of this one is written with the change of state.
    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is FailedState { Exception: var thrown } && thrown.Data[Item] is string span)
            context.SetJobParameter(LastRun, span);
    }

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (Measures.JobWait.Enabled && transaction is JobStorageTransaction together
            && context.Storage.HasFeature(JobStorageFeatures.Transaction.SetJobParameter) && Due(context) is { } due)
            together.SetJobParameter(context.BackgroundJob.Id, DueAt, SerializationHelper.Serialize(due));
    }

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        // What is known of earlier runs stays true.
    }

    private static Activity? Start(PerformingContext context, JobName name)
    {
        if (!Spans.Ours.HasListeners()) return null;
        ActivityContext.TryParse(context.GetJobParameter<string>(TraceParent, allowStale: true), null, isRemote: true, out var parent);
        var before =
            ActivityContext.TryParse(context.GetJobParameter<string>(LastRun, allowStale: true), null, isRemote: true, out var last)
            ? new[] { new ActivityLink(last) }
            : null;
        return Spans.Ours.StartActivity(name.Span, ActivityKind.Consumer, parent, [
            new("messaging.system", "hangfire"), new("messaging.operation.type", "process"),
            new("messaging.destination.name", context.BackgroundJob.Job.Queue ?? Queues.Default),
            new("messaging.message.id", context.BackgroundJob.Id),
            new(Tags.Job, name.Name),
        ], before);
    }

    private void MeasureWait(PerformingContext context, JobName name)
    {
        var due = context.GetJobParameter<DateTime?>(DueAt, allowStale: true) ?? context.BackgroundJob.CreatedAt + name.After;
        Measures.JobWait.Record(
            Math.Max(0, (clock.GetUtcNow().UtcDateTime - due).TotalSeconds),
            new(Tags.Queue, context.BackgroundJob.Job.Queue ?? Queues.Default), new(Tags.Job, name.Name));
    }

    // Put off, or put back by a person. A job that is made or comes back from the schedule is due when it was to be.
    private static DateTime? Due(ApplyStateContext context) => (context.OldStateName, context.NewState) switch
    {
        (_, ScheduledState scheduled) => scheduled.EnqueueAt,
        (null or "Scheduled", _) => null,
        (_, EnqueuedState enqueued) => enqueued.EnqueuedAt,
        _ => null,
    };

    private static string Outcome(Exception? thrown, CancellationToken shutdown) => thrown switch
    {
        null => "succeeded",
        RetryLater { Deferred: true } => "deferred",
        DeadLetter => "dead",
        _ => shutdown.IsCancellationRequested ? "interrupted" : "failed",
    };

    private sealed record Run(JobName Name, string Queue, Activity? Span, long Began)
    {
        public IDisposable? Scope { get; init; }
    }
}
