using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Checkout;

/// <summary>What the shop charges right now. The only place a price in an order comes from.</summary>
public sealed class PriceList(NpgsqlDataSource database, IOptions<ShopOptions> shop)
{
    /// <summary>The lines as they will be sold, in the order asked for.</summary>
    public async Task<PricedLines> PriceAsync(IReadOnlyList<RequestedLine> lines, CancellationToken cancel)
    {
        await using var read = database.CreateCommand("""
            select p.sku, p.name, p.price, asked.quantity, p.currency
            from unnest($1::text[], $2::int[]) with ordinality as asked(sku, quantity, position)
            join shop.products p on p.sku = asked.sku and p.active
            order by asked.position
            """);
        read.Parameters.Add(new() { Value = lines.Select(line => StorableText.From(line.Sku)).ToArray() });
        read.Parameters.Add(new() { Value = lines.Select(line => line.Quantity).ToArray() });
        await using var rows = await read.ExecuteReaderAsync(cancel);
        var (priced, foreign, currency) = (new List<OrderLine>(lines.Count), new List<string>(), shop.Value.Currency);
        while (await rows.ReadAsync(cancel))
        {
            if (rows.GetString(4) != currency) foreign.Add(rows.GetString(0));
            else priced.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt32(3), rows.GetDecimal(2).WithDecimalsOf(currency)));
        }

        return new(priced, foreign);
    }
}

/// <param name="Sold">Without those the shop does not sell.</param>
/// <param name="InOtherCurrency">SKUs that the catalogue has, but not in the shop's currency: their prices mean nothing here.</param>
public sealed record PricedLines(IReadOnlyList<OrderLine> Sold, IReadOnlyList<string> InOtherCurrency);
