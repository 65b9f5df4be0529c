using Storefront.Jobs.Alerts;
using Storefront.Jobs.BackOffice;

namespace Storefront.Tests.Alerts;

/// <summary>Whoever stops something by hand and forgets it is reminded.</summary>
public sealed class HoldAlertTests(AlertTests.ShopWithAlertReceiver shop) : IClassFixture<AlertTests.ShopWithAlertReceiver>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_is_reminded_of_a_pause_by_hand_after_an_hour_then_daily_until_it_ends()
    {
        await SetAsync(Switches.Partner("Analytics"), Switches.Paused);
        await SetAsync(Switches.Queue("default"), Switches.Running);
        await PassAsync("59 minutes");
        (await RemindedAsync()).ShouldBe(0);

        await PassAsync("2 minutes");
        (await RemindedAsync()).ShouldBe(1);
        await PassAsync("23 hours");
        (await RemindedAsync()).ShouldBe(1);
        await PassAsync("2 hours");
        (await RemindedAsync()).ShouldBe(2);

        var texts = (await shop.MessagesAsync("HeldByHand", count: 2)).Select(message => message.GetProperty("text").GetString()!).Order()
            .ToList();
        texts[0].ShouldContain("Deliveries to Analytics are paused by hand since ");
        texts.Count(text => text.Contains(", for 1 h.", StringComparison.Ordinal)).ShouldBe(1);
        texts.Count(text => text.Contains(", for 26 h.", StringComparison.Ordinal)).ShouldBe(1);
        texts.ShouldAllBe(text => !text.Contains("grace", StringComparison.Ordinal), "a message leaves the shop, so it names nobody");

        await SetAsync(Switches.Partner("Analytics"), Switches.Running);
        await PassAsync("2 days");
        (await RemindedAsync()).ShouldBe(2);

        // Paused again: a new pause, whatever was said of the former one.
        await SetAsync(Switches.Partner("Analytics"), Switches.Paused);
        await PassAsync("30 minutes");
        (await RemindedAsync()).ShouldBe(2);
        await PassAsync("31 minutes");
        (await RemindedAsync()).ShouldBe(3);
        await SetAsync(Switches.Partner("Analytics"), Switches.Running);
    }

    private Task SetAsync(string target, string position) =>
        shop.Get<Switches>().SetAsync(target, position, "grace@example.com", "grace asked for it", Cancel);

    private async Task PassAsync(string interval)
    {
        await using var pass = shop.Database.CreateCommand($"""
            update orders.switches set at = at - interval '{interval}', reminded_at = reminded_at - interval '{interval}';
            update orders.alerts set raised_at = raised_at - interval '{interval}'
            """);
        await pass.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>Looks twice, as two nodes do. Returns the number of messages so far.</summary>
    private async Task<long> RemindedAsync()
    {
        await shop.Get<HoldAlerts>().RaiseAsync(Cancel);
        await shop.Get<HoldAlerts>().RaiseAsync(Cancel);
        await using var count = shop.Database.CreateCommand("""
            select count(*) from hangfire.job where invocationdata ->> 'Type' like '%SendAlert%' and arguments::text like '%held-by-hand%'
            """);
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }
}
