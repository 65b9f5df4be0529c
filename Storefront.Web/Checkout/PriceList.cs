using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>What the shop charges right now. The only place a price in an order comes from.</summary>
public sealed class PriceList(NpgsqlDataSource database)
{
    /// <summary>The lines as they will be sold, in the order asked for; without those the shop does not sell.</summary>
    public async Task<IReadOnlyList<OrderLine>> PriceAsync(IReadOnlyList<RequestedLine> lines, CancellationToken cancel)
    {
        await using var read = database.CreateCommand("""
            select p.sku, p.name, p.price, asked.quantity
            from unnest($1::text[], $2::int[]) with ordinality as asked(sku, quantity, position)
            join shop.products p on p.sku = asked.sku and p.active
            order by asked.position
            """);
        read.Parameters.Add(new() { Value = lines.Select(line => StorableText.From(line.Sku)).ToArray() });
        read.Parameters.Add(new() { Value = lines.Select(line => line.Quantity).ToArray() });
        await using var rows = await read.ExecuteReaderAsync(cancel);
        var priced = new List<OrderLine>(lines.Count);
        while (await rows.ReadAsync(cancel)) priced.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt32(3), rows.GetDecimal(2)));
        return priced;
    }
}
