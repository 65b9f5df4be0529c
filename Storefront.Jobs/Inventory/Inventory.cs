using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Telemetry;

namespace Storefront.Jobs.Inventory;

/// <summary>Stock and reservations, in our words. A reservation's id is its order's id.</summary>
public sealed class Inventory
{
    private const string Name = "Inventory";

    private readonly IInventoryApi inline;
    private readonly IInventoryApi shelves;
    private readonly IInventoryApi patient;
    private readonly InventoryOptions options;
    private readonly TimeProvider clock;

    internal Inventory(IInventoryApi inline, IInventoryApi shelves, IInventoryApi patient, IOptions<InventoryOptions> options, TimeProvider clock) =>
        (this.inline, this.shelves, this.patient, this.options, this.clock) = (inline, shelves, patient, options.Value, clock);

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
        var answer = await PartnerCall.AskAsync(Name, options.JobTimeout, clock, token => patient.ReleaseAsync(orderId.ToString(), token), cancel);
        if (answer.Code != 204) throw Fault(answer);
    }

    /// <summary>What is available of each SKU; null when Inventory cannot say within its short limit, without a SKU it does not know.</summary>
    public async Task<IReadOnlyDictionary<string, int>?> StockAsync(IReadOnlyCollection<string> skus, CancellationToken cancel)
    {
        try
        {
            var pages = await Task.WhenAll(skus.Chunk(100).Select(async some =>
            {
                var answer = await PartnerCall.AskAsync(Name, options.StockTimeout, clock, token => shelves.StockAsync(some, token), cancel);
                return answer.Code == 200 ? answer.Read<StockPage>()!.Data : throw Fault(answer);
            }));
            return pages.SelectMany(page => page).ToDictionary(level => level.Sku, level => level.Available);
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
        for (string? cursor = null, next; ; cursor = next)
        {
            var answer = await PartnerCall.AskAsync(
                Name, options.JobTimeout, clock, token => patient.ListAsync("held", since, cursor, limit: 200, token), cancel);
            if (answer.Code != 200) throw Fault(answer);
            var page = answer.Read<ReservationPage>()!;
            foreach (var reservation in page.Data) yield return reservation;
            if ((next = page.NextCursor) is null) yield break;
        }
    }

    /// <summary>One reservation; null where there is none.</summary>
    /// <exception cref="PartnerFault">Inventory did not say.</exception>
    internal async Task<ReservationDto?> FindAsync(Guid orderId, CancellationToken cancel)
    {
        var answer = await PartnerCall.AskAsync(Name, options.JobTimeout, clock, token => patient.GetAsync(orderId.ToString(), token), cancel);
        return answer.Code switch { 200 => answer.Read<ReservationDto>(), 404 => null, _ => throw Fault(answer) };
    }

    private async Task<ReserveAnswer> ReserveAsync(
        string caller, IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel)
    {
        using var watch = new Watch(Spans.Reserve, Measures.Reserve, new KeyValuePair<string, object?>(Tags.Caller, caller));
        var answer = await AskAsync(api, orderId, lines, limit, cancel);
        watch.Outcome = Watch.Words(answer);
        return answer;
    }

    private async Task<ReserveAnswer> AskAsync(
        IInventoryApi api, Guid orderId, IReadOnlyList<OrderLine> lines, TimeSpan limit, CancellationToken cancel)
    {
        var witness = new SendWitness();
        var request = new ReserveRequest([.. lines.Select(line => new ReserveLine(line.Sku, line.Quantity))]);
        try
        {
            var answer = await PartnerCall.AskAsync(
                Name, limit, clock, token => api.ReserveAsync(orderId.ToString(), request, witness, token), cancel);
            CrashPoint.At("after-inventory");
            return Understand(answer, witness);
        }
        catch (PartnerFault fault)
        {
            return witness.MayHaveActed
                ? new ReserveAnswer.Unknown(fault.Message)
                : new ReserveAnswer.NotSent(fault is PartnerDeferred deferred ? deferred.After : options.RetryAfter);
        }
    }

    private ReserveAnswer Understand(PartnerAnswer answer, SendWitness witness)
    {
        var problem = answer.Code is >= 400 ? answer.Read<InventoryProblem>() : null;
        return (answer.Code, problem?.Code) switch
        {
            (200 or 201, _) => new ReserveAnswer.Held(),
            (409, "insufficient_stock") => No(OrderFailure.SoldOut),
            (409, "reservation_released") => No(OrderFailure.GivenUp),
            (422, "unknown_sku") => No(OrderFailure.UnknownSku),
            (429, _) when !witness.MayHaveActed => new ReserveAnswer.NotSent(answer.RetryAfter ?? options.RetryAfter),
            (>= 400 and < 500 and not 408 and not 429, _) => No(OrderFailure.Refused),
            _ => new ReserveAnswer.Unknown($"Inventory answered {answer.Code}."),
        };

        // What this answer settled was the last attempt; one before it that went unanswered may still take stock.
        ReserveAnswer No(OrderFailure why) => new ReserveAnswer.No(why, problem?.Shortfalls ?? [], Release: witness.Unanswered);
    }

    private static PartnerFault Fault(PartnerAnswer answer) => answer.Code switch
    {
        429 or 503 when answer.RetryAfter is { } after => new PartnerDeferred($"Inventory answered {answer.Code} and asked to wait.", after),
        429 or >= 500 => new PartnerUnavailable($"Inventory answered {answer.Code}.", inDoubt: true),
        _ => new PartnerRefused($"Inventory refused with {answer.Code} {answer.Read<InventoryProblem>()?.Code}.", words: answer.Body),
    };
}
