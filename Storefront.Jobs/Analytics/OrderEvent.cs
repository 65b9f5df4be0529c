using System.Text.Encodings.Web;
using System.Text.Json;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Jobs.Analytics;

/// <summary>Writes the event of an order, as large as the partner takes it.</summary>
internal static class OrderEvent
{
    /// <summary>The partner takes 32 KB an event. It does not say whether a KB is 1000 or 1024 bytes, so this is the smaller.</summary>
    public const int MostBytes = 32_000;

    private const int LongestName = 100;

    /// <summary>Non-Latin letters are written as they are: escaped as <c>\uXXXX</c>, they would take three times the room.</summary>
    public static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly EventContext Context = new(new EventLibrary("storefront", "1.0.0"));

    /// <summary>Where the order has too many products for one event, the last ones are left out, and the event says so.</summary>
    public static JsonElement Write(Order order, string name, string messageId, DateTimeOffset at)
    {
        var all = order.Lines.Select((line, index) => new ProductProperties(
            line.Sku, line.Sku, StorableText.Shorten(line.Name, LongestName), line.UnitPrice, line.Quantity, index + 1)).ToList();
        var whole = Write(all, cut: false);
        return whole.Length <= MostBytes ? Element(whole) : Element(Write(Fitting(MostBytes - Write([], cut: true).Length), cut: true));

        byte[] Write(IReadOnlyList<ProductProperties> products, bool cut) => JsonSerializer.SerializeToUtf8Bytes(new TrackedEvent(
            "track", messageId, order.Id.ToString(), name, at,
            new OrderProperties(
                order.Id, order.Total, order.Total, order.Currency, products, cut ? true : null, cut ? all.Count : null), Context), Json);

        List<ProductProperties> Fitting(int room) =>
            [.. all.TakeWhile(product => (room -= JsonSerializer.SerializeToUtf8Bytes(product, Json).Length + 1) >= 0)];
    }

    private static JsonElement Element(byte[] json) => JsonSerializer.Deserialize<JsonElement>(json);
}
