using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Storefront.Benchmarks.Checkout;

/// <summary>A shop of the same flow for Node, beside ours: a database of its own on the same Postgres, the same partners.</summary>
internal sealed class PeerShop : IAsyncDisposable
{
    public const int Workers = 50; // The shop has as many.

    private readonly Process process;

    private PeerShop(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    /// <summary>CPU time so far.</summary>
    public double CpuSeconds => process.TotalProcessorTime.TotalSeconds;

    public static async Task<PeerShop> StartAsync(RunningShop beside, IReadOnlyList<Product> products)
    {
        await using (var server = NpgsqlDataSource.Create(beside.Database))
            await server.CreateCommand("create database peer").ExecuteNonQueryAsync();
        var database = new NpgsqlConnectionStringBuilder(beside.Database) { Database = "peer" };
        await using (var peer = NpgsqlDataSource.Create(database.ConnectionString))
        {
            await peer.CreateCommand("create table products (sku text primary key, name text not null, price numeric(12,2) not null)")
                .ExecuteNonQueryAsync();
            await using var insert = peer.CreateCommand("insert into products select * from unnest($1, $2, $3)");
            insert.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = products.Select(product => product.Sku).ToArray() },
                new() { Value = products.Select(product => product.Name).ToArray() },
                new() { Value = products.Select(product => product.Price).ToArray() },
            });
            await insert.ExecuteNonQueryAsync();
        }

        var url = RunningShop.FreeAddress();
        var process = Process.Start("node",
        [
            Node.Script("peer.mjs"), url.Port.ToString(CultureInfo.InvariantCulture), Node.Uri(database),
            beside.Partners.ToString().TrimEnd('/'),
            Workers.ToString(CultureInfo.InvariantCulture),
        ]);
        await beside.UntilItAnswersAsync(new Uri(url, "health"));
        return new(process, url);
    }

    public async ValueTask DisposeAsync()
    {
        using (process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }
}
