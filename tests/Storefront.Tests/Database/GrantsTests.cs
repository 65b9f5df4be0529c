using Npgsql;
using Storefront.Tests.Support;
using Storefront.Web.Database;

namespace Storefront.Tests.Database;

/// <summary>The shop runs with a role that owns nothing. The tests try what each role may do and may not do.</summary>
public sealed class GrantsTests(GrantsTests.ShopWithSeparateRoles shop) : IClassFixture<GrantsTests.ShopWithSeparateRoles>
{
    [Fact]
    public async Task The_shop_takes_and_delivers_orders_with_a_role_that_owns_no_table()
    {
        await shop.Partners.SetStockAsync(Goods.Mug, 10);
        var id = (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)))).JsonAsync()).Id();
        await shop.Http.UntilAsync(id,
            order => order.Delivery("order-confirmation") == "delivered" && order.Delivery("order-placed-event") == "delivered",
            "mail and event are delivered");
        (await shop.Database.CreateCommand("select current_user").ExecuteScalarAsync()).ShouldBe(shop.App);
    }

    [Theory]
    [InlineData("create table orders.mine (id int)")]
    [InlineData("create table shop.mine (id int)")]
    [InlineData("drop table orders.lines")]
    [InlineData("alter table orders.orders drop constraint ck_orders_total")]
    [InlineData("alter table orders.lines disable trigger all")]
    [InlineData("truncate orders.deliveries")]
    [InlineData("create function orders.mine() returns int language sql as 'select 1'")]
    [InlineData("update orders.repairs set found = ''")]
    [InlineData("update orders.repairs set done = ''")]
    [InlineData("delete from orders.repairs")]
    [InlineData("delete from orders.migrations")]
    [InlineData("create role mine superuser")]
    [InlineData("copy orders.lines to program 'true'")]
    [InlineData("select pg_read_file('/etc/passwd')")]
    public async Task The_shops_role_cannot_change_the_schema_the_repairs_or_the_server(string sql) =>
    (await TryAsync(shop.App, sql)).ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    [Theory]
    [InlineData("select count(*) from orders.orders where status = 'placed'")]
    [InlineData("select sku, sum(quantity * unit_price) from orders.lines group by sku")]
    [InlineData("select effect, state, count(*) from orders.deliveries group by effect, state")]
    public async Task The_report_role_reads_tables_without_personal_data(string sql) => (await TryAsync(shop.Report, sql)).ShouldBeNull();

    [Theory]
    [InlineData("select email from orders.orders")]
    [InlineData("select name from orders.orders")]
    [InlineData("select * from orders.orders")]
    [InlineData("select payload from orders.deliveries")]
    [InlineData("select last_error from orders.deliveries")]
    [InlineData("select * from hangfire.job")]
    [InlineData("select * from shop.\"AspNetUsers\"")]
    [InlineData("select xml from shop.data_protection_keys")]
    [InlineData("update orders.lines set unit_price = 0")]
    [InlineData("insert into orders.repairs (kind, subject, found, done) values ('', '', '', '')")]
    public async Task The_report_role_reads_no_personal_data_and_writes_nothing(string sql) =>
    (await TryAsync(shop.Report, sql)).ShouldBe(PostgresErrorCodes.InsufficientPrivilege);

    [Theory]
    [InlineData("insert into orders.lines (order_id, position, sku, name, quantity, unit_price) select id, 99, 'X', 'x', 0, 1 from "
        + "orders.orders limit 1")]
    [InlineData("insert into orders.lines (order_id, position, sku, name, quantity, unit_price) select id, 99, 'X', 'x', -1, 1 from "
        + "orders.orders limit 1")]
    [InlineData("insert into orders.lines (order_id, position, sku, name, quantity, unit_price) select id, 99, 'X', 'x', 100001, 1 from "
        + "orders.orders limit 1")]
    [InlineData("update orders.lines set unit_price = -1")]
    [InlineData("update orders.orders set total = -1")]
    [InlineData("update orders.orders set status = 'gratis'")]
    [InlineData("update orders.deliveries set state = 'lost'")]
    [InlineData("update shop.products set price = 0")]
    public async Task The_database_refuses_impossible_values(string sql)
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 10);
        (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).EnsureSuccessStatusCode();
        (await TryAsync(shop.App, sql)).ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    [Theory]
    [InlineData("usage", "hangfire.job_id_seq")]
    [InlineData("usage", "hangfire.state_id_seq")]
    [InlineData("update", "orders.deliveries")]
    [InlineData("update", "hangfire.job")]
    [InlineData("delete", "hangfire.jobqueue")]
    [InlineData("insert", "shop.data_protection_keys")]
    public async Task A_shop_whose_role_lacks_a_right_that_it_needs_is_not_ready_and_names_the_relation(string right, string relation)
    {
        var of = right == "usage" ? $"sequence {relation}" : relation;
        (await MissingAsync()).ShouldBeEmpty();
        await shop.ExecuteAsync($"revoke {right} on {of} from {shop.App}");
        try
        {
            (await MissingAsync()).ShouldHaveSingleItem().ShouldContain(relation);
        }
        finally
        {
            await shop.ExecuteAsync($"grant {right} on {of} to {shop.App}");
        }

        Task<IReadOnlyList<string>> MissingAsync() => shop.Get<SchemaState>().FindMissingAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_table_that_a_migration_has_made_does_not_keep_the_running_version_from_working()
    {
        await shop.ExecuteAsync("create table orders.later (id bigserial primary key)");
        try
        {
            (await shop.Get<SchemaState>().FindMissingAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
            (await TryAsync(shop.App, "insert into orders.later default values")).ShouldBeNull();
        }
        finally
        {
            await shop.ExecuteAsync("drop table orders.later");
        }
    }

    private async Task<string?> TryAsync(string role, string sql)
    {
        await using var connection = new NpgsqlConnection(shop.AddressFor(role));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        try
        {
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
    }

    /// <summary>A shop that connects with another role than the owner, which migrated the database.</summary>
    public sealed class ShopWithSeparateRoles : Shop
    {
        private readonly string suffix = Guid.NewGuid().ToString("n")[..8];

        public string App => $"app_{suffix}";
        public string Report => $"report_{suffix}";

        protected override IEnumerable<(string Key, string Value)> Settings => [("ConnectionStrings:Storefront", AddressFor(App))];

        public string AddressFor(string role) =>
            new NpgsqlConnectionStringBuilder(ConnectionString) { Username = role, Password = "tried-here-only",
                Pooling = role == App }.ConnectionString;

        protected override async Task BeforeOpeningAsync()
        {
            await ExecuteAsync(
                $"create role {App} login password 'tried-here-only'; create role {Report} login password 'tried-here-only'");
            // An administrator may have changed these settings of the role. The shop's statements must mean the same.
            await ExecuteAsync($"""
                alter role {App} set search_path = nowhere; alter role {App} set datestyle = 'SQL, DMY';
                alter role {App} set intervalstyle = 'sql_standard'; alter role {App} set timezone = 'Asia/Kathmandu';
                alter role {App} set bytea_output = 'escape'; alter role {App} set extra_float_digits = -5;
                alter role {App} set client_encoding = 'LATIN1'; alter role {App} set lc_numeric = 'C';
                alter role {App} set xmloption = 'document'
                """);
            await MigrateAsync(ConnectionString, ("Database:AppRole", App), ("Database:ReportRole", Report));
        }

        public override async ValueTask DisposeAsync()
        {
            var server = await TestPostgres.ServerAsync();
            await base.DisposeAsync();
            await using var drop = server.Admin.CreateCommand($"drop role if exists {App}; drop role if exists {Report}");
            await drop.ExecuteNonQueryAsync();
        }

        /// <summary>As the owner of the tables.</summary>
        public async Task ExecuteAsync(string sql)
        {
            await using var connection = new NpgsqlConnection(ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
