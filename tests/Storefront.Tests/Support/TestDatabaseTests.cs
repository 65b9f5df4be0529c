using Npgsql;

namespace Storefront.Tests.Support;

public sealed class TestDatabaseTests
{
    private static int migrations;

    [Fact]
    public async Task Thirty_databases_made_at_once_are_migrated_once_and_share_no_data()
    {
        var rows = await Task.WhenAll(Enumerable.Range(1, 30).Select(UseAsync));

        rows.ShouldAllBe(count => count == 1);
        migrations.ShouldBe(1);
    }

    [Fact]
    public async Task A_disposed_database_is_dropped()
    {
        var database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        await using (var open = NpgsqlDataSource.Create(database.ConnectionString))
            await open.CreateCommand("SELECT 1").ExecuteScalarAsync(TestContext.Current.CancellationToken);

        await database.DisposeAsync();

        await using var gone = new NpgsqlConnection(database.ConnectionString);
        var refused = await Should.ThrowAsync<PostgresException>(() => gone.OpenAsync(TestContext.Current.CancellationToken));
        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidCatalogName);
    }

    private static async Task<long> UseAsync(int number)
    {
        await using var database = await TestDatabase.CreateAsync(MigrateAsync, "numbers");
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var insert = source.CreateCommand("INSERT INTO numbers VALUES ($1)");
        insert.Parameters.Add(new() { Value = number });
        await insert.ExecuteNonQueryAsync();
        await using var count = source.CreateCommand("SELECT count(*) FROM numbers");
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task MigrateAsync(string connectionString)
    {
        Interlocked.Increment(ref migrations);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand("CREATE TABLE numbers (number int PRIMARY KEY)", connection);
        await create.ExecuteNonQueryAsync();
    }
}
