using Npgsql;
using Storefront.Tests.Support;

namespace Storefront.Tests.Scale;

/// <summary>
/// A shop with the orders of two years and a half, made by SQL: nobody waits for its disk, and its indexes are made at the end.
/// </summary>
public sealed class BigShop : Shop
{
    private static readonly string[] Tables =
    [
        "orders.deliveries", "orders.lines", "orders.turns", "orders.orders", "orders.calls",
        "hangfire.state", "hangfire.jobparameter", "hangfire.job",
    ];

    // Reconciliation is watched every 1.5 s instead of every 15 s.
    protected override IEnumerable<(string Key, string Value)> Settings => [("Jobs:ReconciliationLateAfterMinutes", "0.1")];

    public string Name => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    protected override async Task BeforeOpeningAsync()
    {
        await ExecuteAsync(string.Concat(Tables.Select(table => $"alter table {table} set unlogged;")));
        var indexes = await ReadAsync("""
            select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
            where indrelid::regclass::text like any('{orders.%,hangfire.%}')
              and not exists (select from pg_constraint where conindid = indexrelid)
            """, row => (Name: row.GetString(0), Definition: row.GetString(1)));
        await ExecuteAsync($"drop index {string.Join(", ", indexes.Select(index => index.Name))}");
        await Task.WhenAll(FillAsync("orders.sql"), FillAsync("jobs.sql"));
        await Task.WhenAll(indexes.Chunk((indexes.Count + 1) / 2).Select(
            half => ExecuteAsync(string.Join(";", half.Select(index => index.Definition)))));
        await ExecuteAsync("vacuum analyze");
    }

    // The files are consistent. Checking every foreign key would take longer than everything else.
    private Task FillAsync(string file) => ExecuteAsync(
        "set session_replication_role = replica; set synchronous_commit = off; "
        + File.ReadAllText(Repository.File($"tests/Storefront.Tests/Scale/{file}")));

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>On a session of its own, also while the shop stands still.</summary>
    public async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var address = new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, ApplicationName = "test" };
        var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
