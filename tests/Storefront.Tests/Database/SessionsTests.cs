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
    public async Task A_returned_connection_keeps_no_locks_and_no_settings_of_its_session()
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
    public async Task A_terminated_session_is_replaced_by_a_new_one()
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
