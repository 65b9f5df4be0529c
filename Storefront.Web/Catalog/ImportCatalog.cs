using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Catalog;

/// <summary>
/// Brings a shop's own catalogue in from a CSV file: all of it, or nothing. The rows are streamed into a table of their own and
/// become products in one statement at the end, so that a file of any size takes little memory and no half-imported shop is ever seen.
/// </summary>
public sealed class ImportCatalog(NpgsqlDataSource database, IOptions<ShopOptions> shop, IWebHostEnvironment host)
{
    private const int FaultsShown = 100;

    /// <summary>Says what it does on <paramref name="output"/>. Returns the exit code: 0, or 1 with nothing changed.</summary>
    public async Task<int> RunAsync(string path, TextWriter output, CancellationToken cancel)
    {
        if (!File.Exists(path)) return await RefuseAsync(output, $"There is no file {path}.");
        await using var file = File.OpenRead(path);
        return await RunAsync(file, output, cancel);
    }

    /// <inheritdoc cref="RunAsync(string, TextWriter, CancellationToken)"/>
    public async Task<int> RunAsync(Stream file, TextWriter output, CancellationToken cancel)
    {
        try
        {
            return await ImportAsync(file, output, cancel);
        }
        catch (DecoderFallbackException)
        {
            return await RefuseAsync(output, "The file is not UTF-8: save it as CSV UTF-8.");
        }
    }

    private async Task<int> ImportAsync(Stream file, TextWriter output, CancellationToken cancel)
    {
        using var catalog = new CatalogFile(file);
        if (await catalog.ReadHeaderAsync() is { } wrong) return await RefuseAsync(output, wrong);

        await using var session = await database.OpenConnectionAsync(cancel);
        await using var transaction = await session.BeginTransactionAsync(cancel);
        var (rows, faults) = await CopyAsync(catalog, session, output, cancel);
        if (faults > 0) return await RefuseAsync(output, $"{faults:N0} of {rows:N0} rows have errors, so nothing was changed.");
        if (rows == 0) return await RefuseAsync(output, "The file has no rows, so nothing was changed.");

        var (added, changed) = await UpsertAsync(session, cancel);
        await transaction.CommitAsync(cancel);
        await output.WriteLineAsync($"{rows:N0} rows: {added:N0} added, {changed:N0} changed, {rows - added - changed:N0} unchanged.");
        return 0;
    }

    private async Task<(long Rows, long Faults)> CopyAsync(
        CatalogFile catalog, NpgsqlConnection session, TextWriter output, CancellationToken cancel)
    {
        await ExecuteAsync(session, """
            create temp table incoming (position int, sku text, name text, description text, price numeric, currency text, category text,
                image text) on commit drop
            """, cancel);
        var known = await KnownAsync(session, cancel);
        await using var copy = await session.BeginBinaryImportAsync("copy incoming from stdin (format binary)", cancel);
        var seen = new Dictionary<string, (string Sku, int Line)>(StringComparer.OrdinalIgnoreCase);
        long rows = 0, faults = 0;
        while (await catalog.ReadAsync())
        {
            var line = catalog.Line;
            var (row, wrong) = CatalogRow.Read(catalog, shop.Value.Currency, host.WebRootFileProvider);
            wrong ??= Again(row!.Sku, line, seen, known);
            rows++;
            if (wrong is not null)
            {
                if (++faults <= FaultsShown) await output.WriteLineAsync($"Line {line}: {wrong}.");
            }
            else if (faults == 0)
                await copy.WriteRowAsync(
                    cancel, (int)rows, row!.Sku, row.Name, row.Description, row.Price, row.Currency, row.Category, row.Image);

            if (rows % 10_000 == 0) await output.WriteLineAsync($"{rows:N0} rows read …");
        }

        if (faults > FaultsShown) await output.WriteLineAsync($"… and {faults - FaultsShown:N0} more.");
        if (faults == 0) await copy.CompleteAsync(cancel);
        return (rows, faults);
    }

    // People, forms and spreadsheets take MUG and mug for the same.
    private static string? Again(string sku, int line, Dictionary<string, (string Sku, int Line)> seen, Dictionary<string, string> known)
    {
        if (!seen.TryAdd(sku, (sku, line)))
        {
            var (first, at) = seen[sku];
            return first == sku
                ? $"sku {sku} is already in line {at}"
                : $"sku {sku} differs from {first} in line {at} only in capital letters";
        }

        return known.TryGetValue(sku, out var there) && there != sku
            ? $"sku {sku} differs from {there}, which the shop has, only in capital letters"
            : null;
    }

    private static async Task<Dictionary<string, string>> KnownAsync(NpgsqlConnection session, CancellationToken cancel)
    {
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        await using var read = new NpgsqlCommand("select sku from shop.products order by sku", session);
        await using var rows = await read.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) known[rows.GetString(0)] = rows.GetString(0);
        return known;
    }

    private static async Task<(long Added, long Changed)> UpsertAsync(NpgsqlConnection session, CancellationToken cancel)
    {
        await using var upsert = new NpgsqlCommand("""
            with written as (
                insert into shop.products as p (sku, name, description, price, currency, category, image_url, position, active)
                select sku, name, description, price, currency, category, image, position, true from incoming
                on conflict (sku) do update
                set name = excluded.name, description = excluded.description, price = excluded.price, currency = excluded.currency,
                    category = excluded.category, image_url = excluded.image_url, position = excluded.position, active = true
                where (p.name, p.description, p.price, p.currency, p.category, p.image_url, p.active)
                    is distinct from (excluded.name, excluded.description, excluded.price, excluded.currency, excluded.category,
                        excluded.image_url, true)
                returning xmax = 0 as added)
            select count(*) filter (where added), count(*) filter (where not added) from written
            """, session) { CommandTimeout = 600 };
        await using var counts = await upsert.ExecuteReaderAsync(cancel);
        await counts.ReadAsync(cancel);
        return (counts.GetInt64(0), counts.GetInt64(1));
    }

    private static async Task ExecuteAsync(NpgsqlConnection session, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<int> RefuseAsync(TextWriter output, string why)
    {
        await output.WriteLineAsync(why);
        return 1;
    }
}
