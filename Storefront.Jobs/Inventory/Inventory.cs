using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Inventory;

/// <summary>Stock and reservations, in our words. A reservation's id is its order's id.</summary>
public sealed partial class Inventory : IReservations
{
    private static readonly string Name = InventoryRegistration.Partner.Name;

    private readonly IInventoryApi checkoutApi;
    private readonly IInventoryApi stockApi;
    private readonly IInventoryApi jobApi;
    private readonly InventoryOptions options;
    private readonly PartnerGates gates;
    private readonly PartnerCalls calls;

    internal Inventory(
        IInventoryApi checkoutApi, IInventoryApi stockApi, IInventoryApi jobApi, IOptions<InventoryOptions> options,
        PartnerGates gates, PartnerCalls calls) =>
        (this.checkoutApi, this.stockApi, this.jobApi, this.options, this.gates, this.calls)
            = (checkoutApi, stockApi, jobApi, options.Value, gates, calls);

    public TimeSpan GiveUpAfter => options.GiveUpAfter;

    /// <summary>Asks for the stock of one order while a shopper waits: within <see cref="InventoryOptions.TotalTimeoutSeconds"/>.</summary>
    public Task<ReserveAnswer> ReserveInlineAsync(Guid orderId, IReadOnlyList<OrderLine> lines) =>
        // No token of the shopper's: closing the tab must not leave a reservation that nobody knows of.
        ReserveAsync("checkout", checkoutApi, orderId, lines, options.TotalTimeout, CancellationToken.None);

    /// <summary>The same ask, repeated by a job that has the time.</summary>
    public Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancel) =>
        ReserveAsync("job", jobApi, orderId, lines, options.JobTimeout, cancel);

    /// <summary>Gives the stock of an order back, also of one never reserved: nothing can take it afterwards.</summary>
    /// <exception cref="PartnerFault">It is not known to be given back.</exception>
    public async Task ReleaseAsync(Guid orderId, CancellationToken cancel)
    {
        var answer = await calls.AskAsync(Name, options.JobTimeout, token => jobApi.ReleaseAsync(orderId.ToString(), token), cancel);
        if (answer.Code != 204) throw answer.Fault(Refusal(answer));
    }

    private Task<ReserveAnswer> ReserveAsync(
        string caller, IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel) =>
        MeasuredOperation.RunAsync(Spans.Reserve, Measures.Reserve, () => AskAsync(api, orderId, lines, limit, cancel),
            new KeyValuePair<string, object?>(Tags.Caller, caller));

    private async Task<ReserveAnswer> AskAsync(
        IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel)
    {
        var outcome = new AttemptOutcome();
        var request = new ReserveRequest([.. lines.Select(line => new ReserveLine(line.Sku, line.Quantity))]);
        // It names every line that was asked for.
        var longest = PartnerAnswer.MostBytes + lines.Count / 100 * PartnerAnswer.MostBytes;
        try
        {
            var answer = await calls.AskAsync(
                Name, limit, token => api.ReserveAsync(orderId.ToString(), request, outcome, token), cancel, longest);
            CrashPoint.At("after-inventory");
            var understood = Understand(answer, orderId, lines, outcome);
            gates.Record(
                Name, understood is ReserveAnswer.Unknown or ReserveAnswer.NotSent
                    ? answer.Fault(Refusal(answer)).Outcome : new CallOutcome.Answered(IsUngated: true));
            return understood;
        }
        catch (PartnerFault fault)
        {
            gates.Record(Name, fault.Outcome);
            return outcome.MayHaveActed ? new ReserveAnswer.Unknown(fault.Message) : NotSent((fault as PartnerDeferred)?.After);
        }
    }

    private ReserveAnswer Understand(PartnerAnswer answer, Guid orderId, IReadOnlyList<OrderLine> lines, AttemptOutcome outcome)
    {
        var isHeld = answer.Yes<ReservationDto>(
            said => said.IsOf(orderId) && said.Status == ReservationDto.Held && said.Has(lines), 200, 201) is not null;
        var problem = answer.Read<InventoryProblem>() is { } said && said.IsAbout(lines) ? said : null;
        var refusal = problem is null ? null : Refusal(answer);
        return (answer.Code, refusal) switch
        {
            _ when isHeld => new ReserveAnswer.Held(),
            (409, "insufficient_stock") => No(OrderFailure.SoldOut),
            (409, "reservation_released") => No(OrderFailure.GivenUp),
            (422, "unknown_sku") => No(OrderFailure.UnknownSku),
            (429, _) when !outcome.MayHaveActed => NotSent(answer.RetryAfter),
            (>= 400 and < 500 and not 408 and not 409 and not 425 and not 429, not null) => No(OrderFailure.Refused),
            _ => Unknown(),
        };

        // What this answer settled was the last attempt; one before it that went unanswered may still take stock.
        ReserveAnswer No(OrderFailure why) => new ReserveAnswer.No(why, [.. problem?.Shortfalls ?? []], Release: outcome.Unanswered);

        ReserveAnswer Unknown()
        {
            CallLog.Current?.Explain(answer.Words(refusal));
            return new ReserveAnswer.Unknown(answer.Message(refusal));
        }
    }

    private ReserveAnswer.NotSent NotSent(TimeSpan? asked) =>
        new(asked is not { } after ? options.RetryAfter : after < RetrySchedule.LongestDeferral ? after : RetrySchedule.LongestDeferral);

    private static string? Refusal(PartnerAnswer answer) => answer.Refusal<InventoryProblem>(problem => problem.Code);
}
