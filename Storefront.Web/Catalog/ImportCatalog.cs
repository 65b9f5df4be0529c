using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Storefront.Jobs.Email;

namespace Storefront.Web.Catalog;

/// <summary>
/// Brings a shop's own catalogue in from a CSV file: all of it, or nothing. The rows are streamed into a table of their own and
/// become products in one statement at the end, so that a file of any size takes little memory and no half-imported shop is ever seen.
/// </summary>
public sealed class ImportCatalog(NpgsqlDataSource database, IOptions<ShopOptions> shop)
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
        using var text = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            PrepareHeaderForMatch = header => header.Header.Trim().ToLowerInvariant(),
            TrimOptions = TrimOptions.Trim,
            BadDataFound = null,
            MissingFieldFound = null,
        });
        if (!await csv.ReadAsync() || !csv.ReadHeader()) return await RefuseAsync(output, "The file is empty: its first line must name the columns.");
        var missing = CatalogRow.Columns.Except(csv.HeaderRecord!.Select(header => header.Trim().ToLowerInvariant())).ToList();
        if (missing.Count > 0) return await RefuseAsync(output, $"The first line names no column {string.Join(", ", missing)}; it must name {string.Join(", ", CatalogRow.Columns)}.");

        await using var session = await database.OpenConnectionAsync(cancel);
        await using var transaction = await session.BeginTransactionAsync(cancel);
        var (rows, faults) = await CopyAsync(csv, session, output, cancel);
        if (faults > 0) return await RefuseAsync(output, $"{faults:N0} of {rows:N0} rows cannot be taken, so nothing was changed.");
        if (rows == 0) return await RefuseAsync(output, "The file has no rows, so nothing was changed.");

        var (added, changed) = await UpsertAsync(session, cancel);
        await transaction.CommitAsync(cancel);
        await output.WriteLineAsync($"{rows:N0} rows: {added:N0} added, {changed:N0} changed, {rows - added - changed:N0} unchanged.");
        return 0;
    }

    private async Task<(long Rows, long Faults)> CopyAsync(CsvReader csv, NpgsqlConnection session, TextWriter output, CancellationToken cancel)
    {
        await ExecuteAsync(session, """
            create temp table incoming (position int, sku text, name text, description text, price numeric, currency text, category text, image text) on commit drop
            """, cancel);
        await using var copy = await session.BeginBinaryImportAsync("copy incoming from stdin (format binary)", cancel);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        long rows = 0, faults = 0;
        while (await csv.ReadAsync())
        {
            var line = csv.Parser.RawRow;
            var (row, wrong) = CatalogRow.Read(csv, shop.Value.Currency);
            if (wrong is null && !seen.TryAdd(row!.Sku, line)) wrong = $"sku {row.Sku} stands in line {seen[row.Sku]} already";
            rows++;
            if (wrong is not null)
            {
                if (++faults <= FaultsShown) await output.WriteLineAsync($"Line {line}: {wrong}.");
            }
            else if (faults == 0) await WriteAsync(copy, (int)rows, row!, cancel);

            if (rows % 10_000 == 0) await output.WriteLineAsync($"{rows:N0} rows read …");
        }

        if (faults > FaultsShown) await output.WriteLineAsync($"… and {faults - FaultsShown:N0} more.");
        if (faults == 0) await copy.CompleteAsync(cancel);
        return (rows, faults);
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, int position, CatalogRow row, CancellationToken cancel)
    {
        await copy.StartRowAsync(cancel);
        await copy.WriteAsync(position, NpgsqlDbType.Integer, cancel);
        await copy.WriteAsync(row.Sku, NpgsqlDbType.Text, cancel);
        await copy.WriteAsync(row.Name, NpgsqlDbType.Text, cancel);
        await copy.WriteAsync(row.Description, NpgsqlDbType.Text, cancel);
        await copy.WriteAsync(row.Price, NpgsqlDbType.Numeric, cancel);
        await copy.WriteAsync(row.Currency, NpgsqlDbType.Text, cancel);
        await copy.WriteAsync(row.Category, NpgsqlDbType.Text, cancel);
        if (row.Image is null) await copy.WriteNullAsync(cancel);
        else await copy.WriteAsync(row.Image, NpgsqlDbType.Text, cancel);
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
                    is distinct from (excluded.name, excluded.description, excluded.price, excluded.currency, excluded.category, excluded.image_url, true)
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
