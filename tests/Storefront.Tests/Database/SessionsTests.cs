using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;

namespace Storefront.Tests.Database;

public sealed class SessionsTests : IAsyncLifetime
{
    private TestDatabase database = null!;
    private NpgsqlDataSource source = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.CreateAsync(_ => Task.CompletedTask, "empty");
        source = NpgsqlDataSource.Create(database.ConnectionString + ";Maximum Pool Size=1;No Reset On Close=true");
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task What_a_session_held_and_had_set_is_gone_when_the_next_one_gets_the_connection()
    {
        var session = await source.OpenConnectionAsync();
        var backend = session.ProcessID;
        await new NpgsqlCommand("select pg_advisory_lock(1); set enable_seqscan = off", session).ExecuteNonQueryAsync();

        source.End(session);

        await using var next = await source.OpenConnectionAsync();
        next.ProcessID.ShouldBe(backend, "otherwise this shows nothing");
        (await new NpgsqlCommand("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
            next).ExecuteScalarAsync()).ShouldBe(0L);
        (await new NpgsqlCommand("show enable_seqscan", next).ExecuteScalarAsync()).ShouldBe("on");
    }

    [Fact]
    public async Task A_session_that_died_is_ended_too_and_the_next_one_is_another()
    {
        var session = await source.OpenConnectionAsync();
        var backend = session.ProcessID;
        await Should.ThrowAsync<NpgsqlException>(
            () => new NpgsqlCommand("select pg_terminate_backend(pg_backend_pid())", session).ExecuteNonQueryAsync());

        source.End(session);

        await using var next = await source.OpenConnectionAsync();
        next.ProcessID.ShouldNotBe(backend);
    }
}
