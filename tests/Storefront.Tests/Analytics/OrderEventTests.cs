using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Storefront.Jobs.Analytics;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;

namespace Storefront.Tests.Analytics;

/// <summary>The partner takes 32 KB an event. A larger event is cut by bytes, and says so.</summary>
public sealed class OrderEventTests(ShopWithoutWorkers shop) : IClassFixture<ShopWithoutWorkers>
{
    private const string Cyrillic = "Чашка керамическая ручной работы, цвет овсяный, большая";

    [Theory]
    [InlineData(100, Cyrillic, false)]
    [InlineData(1000, Cyrillic, true)]
    [InlineData(1000, "Mug", true)]
    [InlineData(100, "Mug", false)]
    [InlineData(1000, "\U0001F600\U0001F600\U0001F600", true)]
    [InlineData(1000, "\"\"\"\"\"\"\"\"\"\\\\\\\\\\<>&'\u0001", true)]
    [InlineData(1000, "陶器のマグカップ", true)]
    public void An_event_of_a_large_order_is_cut_to_the_size_limit_and_says_so(int lines, string name, bool cut)
    {
        var written = Write(lines, n => $"{name} {n}");

        Encoding.UTF8.GetByteCount(written.GetRawText()).ShouldBeLessThanOrEqualTo(32_000);
        var properties = written.GetProperty("properties");
        var products = properties.GetProperty("products").EnumerateArray().ToList();
        properties.TryGetProperty("products_truncated", out var truncated).ShouldBe(cut);
        if (!cut) products.Count.ShouldBe(lines);
        if (cut) (truncated.GetBoolean(), properties.GetProperty("products_total").GetInt32()).ShouldBe((true, lines));
        if (cut) Encoding.UTF8.GetByteCount(written.GetRawText()).ShouldBeGreaterThan(30_000, "what fits is there");
        products.Select(product => product.GetProperty("position").GetInt32()).ShouldBe(Enumerable.Range(1, products.Count));
        properties.GetProperty("total").GetDecimal().ShouldBe(lines);
    }

    [Fact]
    public void Letters_outside_ASCII_are_not_escaped() => Write(1, _ => Cyrillic).GetRawText().ShouldContain(Cyrillic);

    [Fact]
    public void A_long_product_name_is_cut_between_characters()
    {
        var name = Write(1, _ => new string('a', 98) + string.Concat(Enumerable.Repeat("\U0001F600", 51)))
            .GetProperty("properties").GetProperty("products")[0].GetProperty("name").GetString()!;

        name.EnumerateRunes().Count().ShouldBe(100);
        name.ShouldEndWith("\U0001F600…");
    }

    [Fact]
    public void A_name_with_half_of_a_surrogate_pair_is_written() =>
        Write(1, _ => "half \ud83d a letter").GetProperty("properties").GetProperty("products").GetArrayLength().ShouldBe(1);

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Analytics_accepts_the_event_of_an_order_with_many_Cyrillic_names(int lines)
    {
        var orders = shop.Get<OrderStore>();
        var opened = (Opened.Ours)await orders.OpenAsync(
            new(
                Guid.NewGuid().ToString(), [1], "ada@example.com", "Ada", new Address("1", null, "London", "N1", "GB"), "EUR",
                Lines(lines, n => $"{Cyrillic} {n}")),
            CancellationToken.None);
        var id = (await orders.PlaceAsync(opened.Lease)).Id;

        await ActivatorUtilities.CreateInstance<TrackOrderPlaced>(shop.Services).RunAsync(id, CancellationToken.None);

        (await shop.Partners.EventsOfAsync(id)).ShouldHaveSingleItem()
            .GetProperty("body").GetProperty("properties").GetProperty("products")[99].GetProperty("name").GetString()
            .ShouldBe($"{Cyrillic} 99");
    }

    private static JsonElement Write(int lines, Func<int, string> name) => OrderEvent.Write(
        new Order
        {
            Id = Guid.NewGuid(), Email = "", Name = "", Address = new("", null, "", "", ""), Currency = "EUR", Total = lines,
            Lines = Lines(lines, name),
        },
        "Order Completed", "key", DateTimeOffset.UnixEpoch);

    private static List<OrderLine> Lines(int lines, Func<int, string> name) =>
        [.. Enumerable.Range(0, lines).Select(n => new OrderLine($"CYR-{n:000}", name(n), 1, 1m))];
}
