using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Inventory;

/// <summary>Stock and reservations, in our words. A reservation's id is its order's id.</summary>
public sealed class Inventory : IReservations
{
    private static readonly string Name = InventoryRegistration.Partner.Name;

    // A page has at most 200 reservations, a reservation 1000 lines.
    private const int LongestPage = 32 * 1024 * 1024;
    private const int MostPages = 100_000;

    private readonly IInventoryApi inline;
    private readonly IInventoryApi shelves;
    private readonly IInventoryApi patient;
    private readonly InventoryOptions options;
    private readonly TimeProvider clock;

    internal Inventory(
        IInventoryApi inline, IInventoryApi shelves, IInventoryApi patient, IOptions<InventoryOptions> options, TimeProvider clock) =>
        (this.inline, this.shelves, this.patient, this.options, this.clock) = (inline, shelves, patient, options.Value, clock);

    public TimeSpan GiveUpAfter => options.GiveUpAfter;

    /// <summary>Asks for the stock of one order while a shopper waits: within <see cref="InventoryOptions.TotalTimeoutSeconds"/>.</summary>
    public Task<ReserveAnswer> ReserveInlineAsync(Guid orderId, IReadOnlyList<OrderLine> lines) =>
        // No token of the shopper's: closing the tab must not leave a reservation that nobody knows of.
        ReserveAsync("checkout", inline, orderId, lines, options.TotalTimeout, CancellationToken.None);

    /// <summary>The same ask, repeated by a job that has the time.</summary>
    public Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyList<OrderLine> lines, CancellationToken cancel) =>
        ReserveAsync("job", patient, orderId, lines, options.JobTimeout, cancel);

    /// <summary>Gives the stock of an order back, also of one never reserved: nothing can take it afterwards.</summary>
    /// <exception cref="PartnerFault">It is not known to be given back.</exception>
    public async Task ReleaseAsync(Guid orderId, CancellationToken cancel)
    {
        var answer =
            await PartnerCall.AskAsync(Name, options.JobTimeout, clock, token => patient.ReleaseAsync(orderId.ToString(), token), cancel);
        if (answer.Code != 204) throw answer.Fault(Refusal(answer));
    }

    /// <summary>
    /// How many pieces of each SKU are available. Null: Inventory did not answer within its short limit. A SKU that Inventory does not
    /// know, or gives an impossible number for, is left out.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, int>?> StockAsync(IReadOnlyCollection<string> skus, CancellationToken cancel)
    {
        try
        {
            var pages = await Task.WhenAll(skus.Chunk(100).Select(async some =>
            {
                var answer =
                    await PartnerCall.AskAsync(Name, options.StockTimeout, clock, token => shelves.StockAsync(some, token), cancel);
                return answer.Yes<StockPage>(_ => true, 200)?.Data ?? throw answer.Fault(Refusal(answer));
            }));
            return pages.SelectMany(page => page)
                .GroupBy(level => level.Sku).Where(levels => levels.Count() == 1).Select(levels => levels.Single())
                .Where(level => level.Available >= 0).ToDictionary(level => level.Sku, level => level.Available);
        }
        catch (PartnerFault)
        {
            return null;
        }
    }

    /// <summary>Every held reservation that changed since, oldest change first.</summary>
    /// <exception cref="PartnerFault">The list could not be read to its end.</exception>
    internal async IAsyncEnumerable<ReservationDto> HeldSinceAsync(
        DateTimeOffset? since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var cursors = new HashSet<string>();
        for (string? cursor = null, next; ; cursor = next)
        {
            var answer = await PartnerCall.AskAsync(
                Name, options.JobTimeout, clock,
                token => patient.ListAsync(ReservationDto.Held, since, cursor, limit: 200, token), cancel, LongestPage);
            var page = answer.Yes<ReservationPage>(IsPage, 200) ?? throw answer.Fault(Refusal(answer));
            foreach (var reservation in page.Data) yield return reservation;
            if ((next = page.NextCursor) is null) yield break;
            if (page.Data.Count == 0 || cursors.Count == MostPages || !cursors.Add(next))
                throw new PartnerUnavailable("Inventory's list of reservations does not come to an end.", inDoubt: false);
        }

        static bool IsPage(ReservationPage page) => page.Data.All(reservation => reservation.Status == ReservationDto.Held);
    }

    /// <summary>One reservation; null where there is none.</summary>
    /// <exception cref="PartnerFault">Inventory did not say.</exception>
    internal async Task<ReservationDto?> FindAsync(Guid orderId, CancellationToken cancel)
    {
        var answer = await PartnerCall.AskAsync(
            Name, options.JobTimeout, clock, token => patient.GetAsync(orderId.ToString(), token), cancel, LongestPage);
        var refusal = Refusal(answer);
        return (answer.Code, refusal) is (404, not null) ? null
            : answer.Yes<ReservationDto>(IsKnown, 200) ?? throw answer.Fault(refusal);

        bool IsKnown(ReservationDto said) => said.IsOf(orderId) && said.Status is ReservationDto.Held or ReservationDto.Released;
    }

    private async Task<ReserveAnswer> ReserveAsync(
        string caller, IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel)
    {
        using var watch = new MeasuredOperation(Spans.Reserve, Measures.Reserve, new KeyValuePair<string, object?>(Tags.Caller, caller));
        var answer = await AskAsync(api, orderId, lines, limit, cancel);
        watch.Outcome = MeasuredOperation.Words(answer);
        return answer;
    }

    private async Task<ReserveAnswer> AskAsync(
        IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel)
    {
        var outcome = new AttemptOutcome();
        var request = new ReserveRequest([.. lines.Select(line => new ReserveLine(line.Sku, line.Quantity))]);
        // It names every line that was asked for.
        var longest = PartnerAnswer.MostBytes + lines.Count / 100 * PartnerAnswer.MostBytes;
        try
        {
            var answer = await PartnerCall.AskAsync(
                Name, limit, clock, token => api.ReserveAsync(orderId.ToString(), request, outcome, token), cancel, longest);
            CrashPoint.At("after-inventory");
            return Understand(answer, orderId, lines, outcome);
        }
        catch (PartnerFault fault)
        {
            return outcome.MayHaveActed
                ? new ReserveAnswer.Unknown(fault.Message)
                : NotSent((fault as PartnerDeferred)?.After);
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
