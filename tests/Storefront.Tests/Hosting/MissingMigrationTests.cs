using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Storefront.Tests.Support;

namespace Storefront.Tests.Hosting;

/// <summary>A shop neither starts nor says that it is ready on a database that it cannot place an order in.</summary>
public sealed class MissingMigrationTests(Shop shop) : IClassFixture<Shop>
{
    public static TheoryData<string, string> Losses => new()
    {
        { "shop", "delete from shop.migrations" },
        { "orders", "delete from orders.migrations where migration_id = (select max(migration_id) from orders.migrations)" },
        { "hangfire", "update hangfire.schema set version = version - 1" },
        { "hangfire", "drop schema hangfire cascade" },
        { "orders", "drop schema orders cascade" },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_start_with_a_missing_migration_is_refused_and_names_the_schema(string schema, string loss)
    {
        await using var database = await Shop.MigratedAsync();
        await ExecuteAsync(database.ConnectionString, loss);

        var (code, words) = await ShopProcess.RunAsync(
        [
            "--environment=Staging", "--urls=http://127.0.0.1:0",
            $"--ConnectionStrings:Storefront={database.ConnectionString}", "--Telemetry:Prometheus:Url=",
            .. new[] { "Inventory", "Email", "Analytics" }.SelectMany(name =>
                new[] { $"--Partners:{name}:BaseUrl=http://127.0.0.1:1", $"--Partners:{name}:ApiKey=none" }),
        ]);

        code.ShouldBe(1, words);
        words.ShouldMatch($"[Ss]chema {schema} .*--migrate");
        words.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Readiness_fails_while_a_migration_is_missing_and_accepts_a_newer_database()
    {
        await UntilAsync(HttpStatusCode.OK);
        var latest = await ScalarAsync("select max(migration_id) from orders.migrations");
        await ExecuteAsync(shop.ConnectionString, $"delete from orders.migrations where migration_id = '{latest}'");
        var unready = await UntilAsync(HttpStatusCode.ServiceUnavailable);
        unready.GetProperty("checks").GetProperty("postgres").GetProperty("description").GetString()!.ShouldContain("--migrate");

        await ExecuteAsync(shop.ConnectionString, $"""
            insert into orders.migrations values ('{latest}', '10.0.0'), ('29990101000000_Later', '99.0.0');
            update hangfire.schema set version = version + 1
            """);
        await UntilAsync(HttpStatusCode.OK);
    }

    private Task<JsonElement> UntilAsync(HttpStatusCode status) => Eventually.Async(
        async () =>
        {
            using var answer = await shop.Http.GetAsync("/health/ready");
            return answer.StatusCode == status ? await answer.Content.ReadFromJsonAsync<JsonElement>() : default;
        }, report => report.ValueKind == JsonValueKind.Object, $"readiness answers {status}");

    private async Task<string> ScalarAsync(string sql)
    {
        await using var command = shop.Database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string address, string sql)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
