using System.Globalization;
using CsvHelper;

namespace Storefront.Benchmarks.Replay;

/// <summary>One invoice of the data set "Online Retail" (Daqing Chen, 2015, doi 10.24432/C5BW33), as it was sold.</summary>
internal sealed record Invoice(string Number, string Customer, string Country, IReadOnlyList<InvoiceLine> Lines)
{
    /// <summary>A cancellation of an earlier invoice.</summary>
    public bool IsCancellation => Lines.Any(line => line.Quantity < 1);

    public static IReadOnlyList<Invoice> Read(string file)
    {
        using var csv = new CsvReader(new StreamReader(file), CultureInfo.InvariantCulture);
        var lines = new List<(string Invoice, string Customer, string Country, InvoiceLine Line)>();
        csv.Read();
        csv.ReadHeader();
        while (csv.Read())
            lines.Add((csv.GetField("InvoiceNo")!, csv.GetField("CustomerID")!, csv.GetField("Country")!, new InvoiceLine(
                csv.GetField("StockCode")!, csv.GetField("Description")!.Trim(), csv.GetField<int>("Quantity"),
                csv.GetField<decimal>("UnitPrice"))));
        return [.. lines.GroupBy(line => line.Invoice)
            .Select(group => new Invoice(group.Key, group.First().Customer, group.First().Country, [.. group.Select(line => line.Line)]))];
    }
}

internal sealed record InvoiceLine(string Sku, string Description, int Quantity, decimal UnitPrice)
{
    private static readonly HashSet<string> NoProducts = ["POST", "M", "D", "C2", "DOT", "BANK CHARGES", "AMAZONFEE", "S", "PADS", "CRUK",
        "m"];

    /// <summary>Postage, discounts, fees and manual corrections stand among the goods.</summary>
    public bool IsProduct => !NoProducts.Contains(Sku) && !Sku.StartsWith("gift_", StringComparison.Ordinal);
}
