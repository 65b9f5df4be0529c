using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.AspNetCore.WebUtilities;
using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;
using Storefront.Web.Identity;
using Storefront.Web.Pages.Admin.Orders;

namespace Storefront.Web.Pages.Admin;

/// <summary>
/// The orders of a search as a file: read a thousand at a time, so that its size costs no memory, and sent when all are read, so that
/// nobody takes a part of it for the whole.
/// </summary>
internal static class OrdersCsv
{
    private const int Step = 1000;

    // A cell that begins like a formula would be one to a spreadsheet.
    private static readonly CsvConfiguration Csv = new(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape };

    public static void MapOrdersCsv(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/admin/orders.csv", SendAsync).RequireAuthorization(Policies.Operate).ExcludeFromDescription();

    private static async Task SendAsync(
        HttpContext http, OrderSearch search, AuditTrail audit, string? q, string? status, string? from, string? until,
        CancellationToken cancel)
    {
        if (!TryRead(from, out var first) || !TryRead(until, out var last))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await using var file = new FileBufferingWriteStream();
        await WriteAsync(file, search, OrdersQuery.Read(q, status, first, last), cancel);
        await audit.NoteAsync(new AuditEntry(http.User.Who(), AuditAction.Export, $"orders {http.Request.QueryString}"), cancel);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=orders.csv";
        http.Response.Headers.CacheControl = "no-store";
        await file.DrainBufferAsync(http.Response.Body, cancel);
    }

    private static async Task WriteAsync(Stream file, OrderSearch search, OrderSearch.Query query, CancellationToken cancel)
    {
        await using var text = new StreamWriter(file, leaveOpen: true);
        await using var csv = new CsvWriter(text, Csv);
        foreach (var name in new[] { "number", "id", "status", "failure", "created_at", "email", "total", "currency", "dead", "retrying" })
            csv.WriteField(name);
        await csv.NextRecordAsync();

        for (List<OrderSearch.Found> some = []; ;)
        {
            some = await search.PageAsync(query, some.LastOrDefault()?.Number, Step, cancel);
            foreach (var order in some) await WriteAsync(csv, order);
            await csv.FlushAsync();
            if (some.Count < Step) return;
        }
    }

    private static bool TryRead(string? typed, out DateOnly? day)
    {
        day = DateOnly.TryParse(typed, CultureInfo.InvariantCulture, out var read) ? read : null;
        return day is not null || string.IsNullOrEmpty(typed);
    }

    private static Task WriteAsync(CsvWriter csv, OrderSearch.Found order)
    {
        csv.WriteField(order.Number);
        csv.WriteField(order.Id);
        csv.WriteField(EnumName.Of(order.Status));
        csv.WriteField(order.Failure is { } why ? EnumName.Of(why) : null);
        csv.WriteField(order.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        csv.WriteField(order.Email);
        csv.WriteField(order.Total);
        csv.WriteField(order.Currency);
        csv.WriteField(order.Dead);
        csv.WriteField(order.Retrying);
        return csv.NextRecordAsync();
    }
}
