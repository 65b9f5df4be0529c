using System.Diagnostics;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Orders;

/// <summary>Brings one effect of one order to its partner: once, however often it is asked to.</summary>
internal sealed class DeliveryExecutor(
    OrderStore orders, Ledger ledger, EffectCatalogue effects, PartnerGates gates, DeadDeliveries dead)
{
    /// <param name="write">The message as JSON, fixed at the first attempt; null where it follows from the order alone.</param>
    /// <param name="send">Calls the partner; returns its own id of what it accepted.</param>
    public async Task DeliverAsync(
        Guid orderId, string effect, Func<Order, Task<string>>? write, Func<Order, Attempt, Task<string>> send, CancellationToken cancel)
    {
        // An order and its jobs are stored in one transaction. If there is no order, this process uses another database.
        var order = await orders.FindAsync(orderId, cancel)
            ?? throw new DeadLetter(new InvalidOperationException($"There is no order {orderId}."));
        // Written once: a repeat sends what the first attempt sent, whatever has become of the template since.
        var payload = write is null || HasBegun(order, effect) ? null : await write(order);
        if (await ledger.BeginAsync(orderId, effect, payload) is not { } attempt) return;
        if (write is not null && attempt is { Payload: null, RaisedDoubt: true })
            attempt = await ledger.KeepAsync(attempt, await write(order)); // it was asked for anew after this order was read
        var partner = effects.PartnerOf(effect);
        var isProbe = !gates.IsOpen(partner.Name);
        Activity.Current?.SetTag(Tags.Attempt, attempt.Number);
        CallLog.Begin();
        try
        {
            RefuseAfter(partner.KeyLife, attempt);
            CrashPoint.At("before-call");
            // From here on the partner may have accepted it, until the ledger says otherwise.
            var reference = await send(order, attempt);
            gates.Record(partner.Name, new CallOutcome.Answered());
            CrashPoint.At("after-accept");
            await ledger.DeliveredAsync(attempt, reference);
            Count(effect, "delivered");
            CrashPoint.At("after-ledger");
        }
        catch (PartnerFault fault)
        {
            gates.Record(partner.Name, fault.Outcome ?? (isProbe ? NotProbed(fault) : null));
            throw await WriteDownAsync(attempt, fault, isProbe, isDown: isProbe || !gates.IsOpen(partner.Name));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Shutting down: the job goes back to its queue at once and no attempt is used up, but the doubt stays.
            await ledger.PostponedAsync(attempt, "Interrupted by a shutdown.", TimeSpan.Zero, counts: false, inDoubt: true);
            throw;
        }
    }

    // The probe did not get as far as the partner. Another job would not either, so the gate waits as long as this job does.
    private static CallOutcome.AskedToWait? NotProbed(PartnerFault fault) =>
        fault is PartnerDeferred deferred ? new(deferred.After, deferred.Message) : null;

    private static void Count(string effect, string state) => Measures.Deliveries.Add(1, new(Tags.Effect, effect), new(Tags.State, state));

    private static bool HasBegun(Order order, string effect) =>
        order.Deliveries.Any(delivery => delivery.Effect == effect && delivery.FirstAttemptAt is not null);

    private static void RefuseAfter(TimeSpan? keyLife, Attempt attempt)
    {
        if (attempt.InDoubtFor > keyLife)
            throw new PartnerRefused(
                $"Nobody knows whether the attempt of {attempt.InDoubtSince:u} was accepted, and the partner has forgotten its key by now: "
                + "sending again could send twice. Look it up at the partner, then decide.", inDoubt: true, called: false);
    }

    /// <param name="isProbe">
    /// It was sent to see whether the partner is back. An outage of weeks must not use it up, and it is the next to be sent when it is due:
    /// a probe without an answer is a delivery in doubt, and there are to be few of them.
    /// </param>
    /// <param name="isDown">The partner is known not to work: what failed is not this delivery, and no attempt is used up.</param>
    private async Task<Exception> WriteDownAsync(Attempt attempt, PartnerFault fault, bool isProbe, bool isDown)
    {
        if (isDown && fault is PartnerUnavailable)
            fault = new PartnerDeferred(fault.Message, after: null, fault.Words, fault, fault.InDoubt);
        switch (fault)
        {
            case PartnerDeferred deferred when isProbe || !deferred.Called || attempt.Age < RetrySchedule.DeferralBudget:
                var wait = deferred.Pause(attempt.Age);
                await ledger.PostponedAsync(attempt, fault.Words, wait, counts: false, fault.InDoubt);
                Count(attempt.Effect, "deferred");
                return new RetryLater(wait, fault, deferred: true, isDown ? effects.NextQueue(attempt.Effect, isProbe) : null);
            case PartnerUnavailable or PartnerDeferred when attempt.Number < RetrySchedule.Attempts:
                var pause = RetrySchedule.After(attempt.Number);
                await ledger.PostponedAsync(attempt, fault.Words, pause, counts: true, fault.InDoubt);
                Count(attempt.Effect, "retrying");
                return new RetryLater(pause, fault, deferred: false);
            default:
                await ledger.DeadAsync(attempt, fault.Words, fault.InDoubt);
                Count(attempt.Effect, "dead");
                await dead.ReportAsync(attempt.Effect, attempt.OrderId, fault.Message);
                return new DeadLetter(fault);
        }
    }
}
