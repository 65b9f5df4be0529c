using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Analytics;
using Storefront.Jobs.Email;
using Storefront.Jobs.Inventory;
using Storefront.Jobs.Loyalty;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Tests.Support;
using static Storefront.Tests.Partners.BrokenAnswers;

namespace Storefront.Tests.Partners;

/// <summary>
/// Walks the table of <see cref="BrokenAnswers"/>: each answer is given to each of the calls, on a real shop, and the order, the delivery
/// and the page end as the table says. Then the partner is well again, and what was in doubt is done exactly once.
/// </summary>
public sealed class BrokenAnswersTests(BrokenAnswersTests.ShopWithPretendedPartners shop)
    : IClassFixture<BrokenAnswersTests.ShopWithPretendedPartners>, IDisposable
{
    private readonly OrderStore orders = shop.Get<OrderStore>();
    private readonly List<string> complaints = [];

    public void Dispose() => shop.Partner.Heal();

    [Fact]
    public void The_table_has_more_than_a_hundred_rows() => (Bodies.Count + Messages.Count + Cut.Count).ShouldBeGreaterThan(100);

    [Fact]
    public async Task Each_broken_answer_to_a_reservation_leaves_the_order_as_the_table_says()
    {
        foreach (var row in Mixed([.. Bodies, .. Reservations, .. Shortfalls, .. Cut, .. Messages]))
        {
            shop.Partner.Break(row);
            var key = Guid.NewGuid().ToString();
            using var response = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)), key);
            shop.Partner.Heal();
            var id = await IdAsync(key);
            Expect(row.Answer, Seen(response.StatusCode, (await orders.FindAsync(id))!), row.Order switch
            {
                Becomes.InDoubt => "Accepted Reserving",
                Becomes.Wait => "ServiceUnavailable Failed",
                _ when row.Answer.StartsWith("shortfalls", StringComparison.Ordinal) => "Conflict Rejected",
                _ => "ServiceUnavailable Failed",
            });
            if (row.Order != Becomes.InDoubt) continue;

            await RunAsync<FinishOrder>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            Expect(row.Answer, (await orders.FindAsync(id))!.Status, OrderStatus.Placed);
            Expect(row.Answer, shop.Partner.Accepted.GetValueOrDefault(id.ToString())?.Count, 1);
        }

        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_broken_answer_to_a_mail_leaves_its_delivery_as_the_table_says() =>
        await WalkAsync<SendOrderConfirmation>([.. Bodies, .. MailIds, .. Cut, .. Messages], EffectNames.OrderConfirmation,
            row => row.Mail);

    [Fact]
    public async Task Each_broken_answer_to_an_event_leaves_its_delivery_as_the_table_says() =>
        await WalkAsync<TrackOrderPlaced>([.. Bodies, .. Cut, .. Messages], EffectNames.OrderPlacedEvent, row => row.Event);

    [Fact]
    public async Task Each_broken_answer_to_points_leaves_their_delivery_as_the_table_says() =>
        await WalkAsync<CreditPoints>([.. Bodies, .. Points, .. Cut, .. Messages], LoyaltyPoints.Credited, row => row.Order);

    [Fact]
    public async Task Each_broken_answer_to_a_reversal_of_points_leaves_it_to_be_retried() =>
        await WalkAsync<ReversePoints>([.. Bodies, .. Reversals, .. Cut, .. Messages], LoyaltyPoints.Reversed, row => row.Order);

    [Fact]
    public async Task Each_broken_answer_to_a_release_leaves_the_release_to_be_retried() =>
        await WalkAsync<ReleaseStock>(
            [.. Bodies, .. Cut, .. Messages.Where(row => !row.Answer.StartsWith("204", StringComparison.Ordinal))],
            EffectNames.StockRelease, row => row.Order);

    [Fact]
    public async Task No_broken_answer_is_read_as_a_status_of_a_reservation_or_a_mail()
    {
        var id = Guid.NewGuid();
        var inventory = shop.Get<Inventory>();
        // These pages may have 64 KB, so such an answer is not broken here.
        var all = Mixed([.. Bodies, .. Cut, .. Messages]);
        var unread = all.Where(row => !row.Answer.StartsWith("64 KB", StringComparison.Ordinal)).ToList();
        foreach (var row in unread.Concat(Reservations.Where(row => !OfOtherLines(row) && !row.Answer.Contains("released"))))
            await IsNotKnownAsync(row, async () => (await inventory.FindAsync(id, CancellationToken.None))?.Status);
        foreach (var row in unread.Concat(Lists))
            await IsNotKnownAsync(row, async () => (await inventory.HeldSinceAsync(null, CancellationToken.None).CountAsync()).ToString());
        foreach (var row in all.Concat(MailStates))
            await IsNotKnownAsync(row, () => shop.Get<IDeliveryStatus>().StatusAsync("mail-1", CancellationToken.None)!);

        complaints.ShouldBeEmpty();

        // Inventory may answer with other lines here, because the caller compares them with the order's.
        static bool OfOtherLines(Broken row) =>
            row.Answer is "with a line more" or "of another quantity" or "of another product" or "of less than nothing";
    }

    [Fact]
    public async Task Broken_stock_answers_are_shown_as_unknown_stock_and_never_as_an_error()
    {
        foreach (var row in Mixed([.. Bodies, .. Levels, .. Cut, .. Messages]))
        {
            shop.Partner.Break(row);
            var levels = await shop.Get<Inventory>().StockAsync([Goods.Lamp], CancellationToken.None);
            Expect(row.Answer, levels is { } stock && stock.ContainsKey(Goods.Lamp), false);
            using var list = await shop.Http.GetAsync("/api/v1/products?q=desk%20lamp");
            Expect(row.Answer, list.StatusCode, HttpStatusCode.OK);
            Expect(row.Answer, (await list.JsonAsync())[0].GetProperty("available").ValueKind, JsonValueKind.Null);
        }

        foreach (var row in Levels.Append(Bodies[0]))
            foreach (var page in new[] { "/", $"/products/{Goods.Lamp}", "/cart" })
            {
                shop.Partner.Break(row);
                using var response = await shop.Http.GetAsync(page);
                Expect($"{row.Answer} on {page}", response.StatusCode, HttpStatusCode.OK);
            }

        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_accepted_with_an_unreadable_answer_is_carried_out_once()
    {
        var inDoubt = Messages.Where(row => row is { Order: Becomes.InDoubt, Mail: Becomes.InDoubt, Event: Becomes.InDoubt });
        foreach (var row in (Broken[])[.. Bodies.Take(5), .. Cut, .. inDoubt.Take(5)])
        {
            shop.Partner.Break(row, acts: true);
            var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
            shop.Partner.Heal();
            await RunAsync<FinishOrder>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            shop.Partner.Break(row, acts: true);
            foreach (var _ in Enumerable.Range(0, 3))
            {
                await RunAsync<SendOrderConfirmation>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
                await RunAsync<TrackOrderPlaced>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            }

            shop.Partner.Heal();
            await RunAsync<SendOrderConfirmation>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            await RunAsync<TrackOrderPlaced>(job => job.RunAsync(id, CancellationToken.None), row.Answer);

            var order = (await orders.FindAsync(id))!;
            Expect(row.Answer, order.Status, OrderStatus.Placed);
            Expect(row.Answer, order.Deliveries.Count(delivery => delivery.State == DeliveryState.Delivered), 2);
            // All requests with a key are equal, so the partner treats them as one.
            foreach (var key in new[] { id.ToString(), $"{EffectNames.OrderConfirmation}/{id}", $"{EffectNames.OrderPlacedEvent}/{id}" })
                Expect($"{row.Answer}: {key}", shop.Partner.Accepted[key].Distinct().Count(), 1);
            Expect(row.Answer, shop.Partner.Accepted.Keys.Count(key => key.Contains(id.ToString(), StringComparison.Ordinal)), 3);
        }

        complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_in_UTF8_is_read_whatever_charset_it_declares()
    {
        foreach (var charset in new[] { "utf-8", "UTF8", "\"utf-8\"", "us-ascii" })
        {
            shop.Partner.Break(new Broken(
                charset, good => Raw.Http(good.Status, Raw.Utf8(good.Body), $"application/json; charset={charset}")));
            var answer = await shop.Get<Inventory>().ReserveAsync(
                Guid.NewGuid(), [new OrderLine(Goods.Lamp, "A lamp", 1, 1m)], CancellationToken.None);
            answer.ShouldBeOfType<ReserveAnswer.Held>(charset);
        }
    }

    [Fact]
    public async Task The_long_answer_to_a_reservation_of_a_thousand_lines_is_read()
    {
        var lines = Enumerable.Range(0, 1000).Select(n => new OrderLine($"SKU-{n:0000}-{new string('x', 50)}", "A thing", 1, 1m)).ToList();

        (await shop.Get<Inventory>().ReserveAsync(Guid.NewGuid(), lines, CancellationToken.None)).ShouldBeOfType<ReserveAnswer.Held>();
    }

    // The first attempt gets the broken answer, and the second a correct one.
    private async Task WalkAsync<TJob>(IReadOnlyList<Broken> rows, string effect, Func<Broken, Becomes> becomes) where TJob : IEffectJob
    {
        foreach (var row in Mixed(rows))
        {
            var id = await PlaceAsync(cancelled: effect is EffectNames.StockRelease or LoyaltyPoints.Reversed);
            shop.Partner.Break(row);
            await RunAsync<TJob>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            shop.Partner.Heal();
            var delivery = await DeliveryAsync(id, effect);
            Expect(row.Answer, $"{delivery.State}, {delivery.Attempts} attempts", becomes(row) switch
            {
                Becomes.InDoubt => "Pending, 1 attempts",
                Becomes.Wait => "Pending, 0 attempts",
                Becomes.Yes => "Delivered, 1 attempts",
                _ => "Dead, 1 attempts",
            });
            if (becomes(row) is Becomes.Yes or Becomes.No) continue;

            Expect($"{row.Answer}: says why", string.IsNullOrEmpty(delivery.LastError), false);
            await RunAsync<TJob>(job => job.RunAsync(id, CancellationToken.None), row.Answer);
            Expect(row.Answer, (await DeliveryAsync(id, effect)).State, DeliveryState.Delivered);
            if (effect == EffectNames.StockRelease) Expect(row.Answer, shop.Partner.Released.ContainsKey(id.ToString()), true);
            else Expect(row.Answer, shop.Partner.Accepted.GetValueOrDefault(delivery.IdempotencyKey)?.Count, 1);
        }

        complaints.ShouldBeEmpty();
    }

    // Rows that break the connection are kept apart. In sequence they would open the circuit, and no call would be made.
    private static IReadOnlyList<Broken> Mixed(IReadOnlyList<Broken> rows) =>
        [.. rows.Select((row, n) => (Row: row, Place: n * 41 % rows.Count)).OrderBy(placed => placed.Place).Select(placed => placed.Row)];

    private async Task IsNotKnownAsync(Broken row, Func<Task<string?>> ask)
    {
        shop.Partner.Break(row);
        var before = shop.Partner.Requests.Count;
        try
        {
            complaints.Add($"{row.Answer}: was taken for {await ask() ?? "a no"}");
        }
        catch (PartnerFault)
        {
            Expect($"{row.Answer}: was asked for", shop.Partner.Requests.Count > before, true);
        }
        catch (Exception unexpected)
        {
            complaints.Add($"{row.Answer}: {unexpected.GetType().Name}: {unexpected.Message}");
        }
    }

    private async Task RunAsync<TJob>(Func<TJob, Task> run, string answer) where TJob : notnull
    {
        try
        {
            await run(ActivatorUtilities.CreateInstance<TJob>(shop.Services));
        }
        catch (Exception expected) when (expected is RetryLater or DeadLetter)
        {
            // The ledger decides, and not the exception.
        }
        catch (Exception unexpected)
        {
            complaints.Add($"{answer}: {unexpected.GetType().Name}: {unexpected.Message}");
        }
    }

    private void Expect<T>(string answer, T seen, T expected)
    {
        if (!Equals(seen, expected)) complaints.Add($"{answer}: {seen} instead of {expected}");
    }

    private static string Seen(HttpStatusCode told, Order order) => $"{told} {order.Status}";

    private async Task<Guid> PlaceAsync(bool cancelled)
    {
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                [new(Goods.Lamp, "Desk Lamp", 1, 139m)], Guid.NewGuid()),
            CancellationToken.None);
        await orders.PlaceAsync(opened.Lease);
        if (cancelled) await orders.CancelAsync(opened.Lease.OrderId, OrderStore.ShoppersMayCancelWithin);
        return opened.Lease.OrderId;
    }

    private async Task<OrderStory.Entry> DeliveryAsync(Guid id, string effect) =>
        (await shop.Get<OrderStory>().LedgerAsync(id, CancellationToken.None)).Single(delivery => delivery.Effect == effect);

    private async Task<Guid> IdAsync(string key)
    {
        await using var find = shop.Database.CreateCommand("select id from orders.orders where idempotency_key = $1");
        find.Parameters.Add(new() { Value = key });
        return (Guid)(await find.ExecuteScalarAsync())!;
    }

    /// <summary>Its partners are one program that can answer anything.</summary>
    public sealed class ShopWithPretendedPartners : ShopWithoutWorkers
    {
        internal PretendedPartner Partner { get; } = new();

        protected override IEnumerable<(string Key, string Value)> Settings =>
        [
            .. base.Settings, ("Partners:Inventory:Retries", "0"),
            .. new[] { "Inventory", "Email", "Analytics", "Loyalty" }.Select(name => ($"Partners:{name}:BaseUrl", Partner.Url.ToString())),
            // On a slow machine, a call may take long without a fault of the partner.
            ("Partners:Inventory:StockTimeoutSeconds", "30"), ("Partners:Inventory:AttemptTimeoutSeconds", "30"),
            ("Partners:Inventory:TotalTimeoutSeconds", "30"),
        ];

        // Each row is judged by itself: without gates, no row is told from the ones before it that the partner is down.
        protected override void Configure(IServiceCollection services) =>
            services.Replace(ServiceDescriptor.Singleton<IReadOnlyList<QueueGroup>>([]));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Partner.DisposeAsync();
        }
    }
}
