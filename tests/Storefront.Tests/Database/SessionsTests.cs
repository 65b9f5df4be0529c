using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Tests.Support;
using Storefront.Web.Hosting;

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

    [Theory]
    [InlineData("")]
    [InlineData(";Load Balance Hosts=true")]
    public async Task The_server_ends_the_session_of_a_holder_that_vanished_within_a_minute(string hosts)
    {
        await using var shop = OpenShop(hosts);
        var session = await shop.OpenConnectionAsync();
        await ShouldEndAsync(session);

        shop.End(session);

        await using var next = await shop.OpenConnectionAsync();
        await ShouldEndAsync(next);

        static async Task ShouldEndAsync(NpgsqlConnection session)
        {
            var probes = await ReadAsync(session, "tcp_keepalives_interval") * await ReadAsync(session, "tcp_keepalives_count");
            (await ReadAsync(session, "tcp_keepalives_idle") + probes).ShouldBeInRange(1, 60);
            (await ReadAsync(session, "tcp_user_timeout") / 1000).ShouldBeInRange(1, 60);
            (await ReadAsync(session, "idle_in_transaction_session_timeout") / 1000).ShouldBeInRange(1, 60);
        }
    }

    [Fact]
    public async Task Times_in_the_connection_string_are_kept()
    {
        await using var shop = OpenShop(";Options=-c idle_in_transaction_session_timeout=7000");
        await using var session = await shop.OpenConnectionAsync();
        (await ReadAsync(session, "idle_in_transaction_session_timeout")).ShouldBe(7000);
        DatabaseRegistration.Bounded("Host=a;Tcp Keepalive Time=99").TcpKeepAliveTime.ShouldBe(99);
    }

    [Fact]
    public void The_shop_notices_within_a_minute_that_the_server_has_vanished()
    {
        const int probes = 10; // The kernel says how many: Linux 9, Windows 10.
        var shop = DatabaseRegistration.Bounded("Host=a");
        shop.TcpKeepAlive.ShouldBeTrue();
        (shop.TcpKeepAliveTime + probes * shop.TcpKeepAliveInterval).ShouldBeInRange(1, 60);
    }

    private NpgsqlDataSource OpenShop(string more)
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        if (more.Contains("Hosts")) server.Host = $"{server.Host}:{server.Port},{server.Host}:{server.Port}";
        return DatabaseRegistration.Open(server.ConnectionString + more);
    }

    private static async Task<int> ReadAsync(NpgsqlConnection session, string setting)
    {
        await using var ask = new NpgsqlCommand($"select setting::int from pg_settings where name = '{setting}'", session);
        return (int)(await ask.ExecuteScalarAsync())!;
    }
}
