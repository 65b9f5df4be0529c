using System.Runtime.CompilerServices;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Inventory;

public sealed partial class Inventory
{
    // A page has at most 200 reservations, a reservation 1000 lines.
    private const int LongestPage = 32 * 1024 * 1024;
    private const int MostPages = 100_000;

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
                    await calls.AskAsync(Name, options.StockTimeout, token => stockApi.StockAsync(some, token), cancel);
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
        DateTimeOffset? since, [EnumeratorCancellation] CancellationToken cancel)
    {
        var cursors = new HashSet<string>();
        for (string? cursor = null, next; ; cursor = next)
        {
            var answer = await calls.AskAsync(
                Name, options.JobTimeout,
                token => jobApi.ListAsync(ReservationDto.Held, since, cursor, limit: 200, token), cancel, LongestPage);
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
        var answer = await calls.AskAsync(
            Name, options.JobTimeout, token => jobApi.GetAsync(orderId.ToString(), token), cancel, LongestPage);
        var refusal = Refusal(answer);
        return (answer.Code, refusal) is (404, not null) ? null
            : answer.Yes<ReservationDto>(IsKnown, 200) ?? throw answer.Fault(refusal);

        bool IsKnown(ReservationDto said) => said.IsOf(orderId) && said.Status is ReservationDto.Held or ReservationDto.Released;
    }
}
