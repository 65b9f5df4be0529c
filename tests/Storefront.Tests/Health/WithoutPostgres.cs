using System.Net;
using Npgsql;
using Storefront.Tests.Support;

namespace Storefront.Tests.Health;

public sealed class WithoutPostgres(Shop shop) : IClassFixture<Shop>
{
    [Fact]
    public async Task The_process_lives_and_says_that_it_cannot_work()
    {
        // The database is taken away under the running shop.
        await using (var admin = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(shop.ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await admin.OpenAsync();
            var name = new NpgsqlConnectionStringBuilder(shop.ConnectionString).Database;
            await using var take = new NpgsqlCommand($"alter database \"{name}\" with allow_connections false; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'", admin);
            await take.ExecuteNonQueryAsync();
        }

        await Eventually.Async(async () => (await shop.Http.GetAsync("/health/ready")).StatusCode, status => status == HttpStatusCode.ServiceUnavailable, "the shop noticed");
        (await shop.Http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
