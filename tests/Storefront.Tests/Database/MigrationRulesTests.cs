using System.ComponentModel;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using Storefront.Web.Database;

namespace Storefront.Tests.Database;

/// <summary>
/// What a migration may do while the former version takes orders. The first migrations made an empty database and are not checked.
/// </summary>
public sealed partial class MigrationRulesTests
{
    private const string LastThatMadeAnEmptyDatabase = "20261123210000";

    public static TheoryData<string> Later => [.. Migrations.Keys];

    private static SortedDictionary<string, TypeInfo> Migrations => new(
        new[] { typeof(OrdersDb), typeof(ShopDb) }.SelectMany(context => context.Assembly.DefinedTypes)
            .Where(type => type.GetCustomAttribute<MigrationAttribute>() is { } migration
                && string.CompareOrdinal(migration.Id[..14], LastThatMadeAnEmptyDatabase) > 0)
            .ToDictionary(type => type.GetCustomAttribute<MigrationAttribute>()!.Id), StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Later))]
    public void No_migration_blocks_a_running_version(string migration)
    {
        var type = Migrations[migration];
        var operations = ((Migration)Activator.CreateInstance(type)!).UpOperations;
        operations.SelectMany(Faults).ShouldBeEmpty();
        type.GetCustomAttribute<DescriptionAttribute>().ShouldNotBeNull("--migrate says it while it is at it");
    }

    [Fact]
    public void An_index_does_not_wait_for_an_open_transaction_for_ever()
    {
        var migration = new MigrationBuilder(activeProvider: null);
        migration.AddIndexConcurrently("ix", "orders.orders (total)");

        var statements = migration.Operations.OfType<SqlOperation>().Select(operation => operation.Sql).ToList();
        statements[^2].ShouldStartWith("create index concurrently");
        statements[^3].ShouldMatch("^set lock_timeout = '[1-9][0-9]*ms'$");
        statements[^1].ShouldMatch("^set lock_timeout = '[1-9][0-9]{3}ms'$");
    }

    [Theory]
    [InlineData("create index ix on orders.orders (total)")]
    [InlineData("CREATE UNIQUE INDEX ix ON orders.orders (total)")]
    [InlineData("drop index orders.ix")]
    [InlineData("alter table orders.orders alter column total type text")]
    [InlineData("alter table orders.orders alter column total type numeric(12,2)")]
    [InlineData("alter table orders.orders alter total set not null")]
    [InlineData("alter table orders.orders add constraint c check (total > 0)")]
    [InlineData("alter table orders.orders add column at timestamptz not null")]
    [InlineData("alter table orders.orders add column key uuid default gen_random_uuid()")]
    [InlineData("alter table orders.orders rename column total to sum")]
    [InlineData("alter table orders.orders drop column total")]
    [InlineData("drop table orders.lines")]
    [InlineData("reindex table orders.orders")]
    [InlineData("update orders.orders set total = 0")]
    public void A_statement_that_locks_a_table_while_it_reads_all_rows_is_reported(string sql) =>
        Faults(new SqlOperation { Sql = sql }).ShouldNotBeEmpty();

    [Theory]
    [InlineData("create index concurrently if not exists ix on orders.orders (total)", true)]
    [InlineData("drop index concurrently if exists orders.ix", true)]
    [InlineData("alter table orders.orders alter column total type numeric", false)] // The money columns need this.
    [InlineData("alter table orders.orders add column note text", false)]
    [InlineData("alter table orders.orders add column tries int not null default 0", false)]
    [InlineData("alter table orders.orders add constraint c check (total > 0) not valid", false)]
    [InlineData("create table orders.notes (id int); create index ix on orders.notes (id)", false)]
    public void A_statement_that_holds_its_locks_briefly_is_allowed(string sql, bool outside) =>
        Faults(new SqlOperation { Sql = sql, SuppressTransaction = outside }).ShouldBeEmpty();

    private static IEnumerable<string> Faults(MigrationOperation operation) => operation switch
    {
        SqlOperation sql => FaultsOf(sql).Select(fault => $"{fault}: {sql.Sql}"),
        EnsureSchemaOperation or CreateTableOperation => [],
        AddColumnOperation { IsNullable: true, DefaultValueSql: null, ComputedColumnSql: null } => [],
        _ => [$"{operation.GetType().Name}: write it as SQL, so that it can be seen what it locks"],
    };

    private static IEnumerable<string> FaultsOf(SqlOperation operation)
    {
        var made = NewTable().Matches(operation.Sql).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (Match index in Index().Matches(operation.Sql))
        {
            if (index.Groups["concurrently"].Success)
            {
                if (!operation.SuppressTransaction) yield return "concurrently works outside of a transaction only";
                if (!index.Groups["if"].Success) yield return "say 'if (not) exists', so that it can be repeated";
            }
            else if (!made.Contains(index.Groups["table"].Value))
                yield return "an index of a table in use is made and dropped concurrently";
        }

        if (Rewriting().IsMatch(operation.Sql))
            yield return "it reads or writes the whole table under a lock, or takes away what the version before uses";
    }

    [GeneratedRegex(@"create\s+table\s+(?:if\s+not\s+exists\s+)?(\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex NewTable();

    [GeneratedRegex("""
        (?:create\s+(?:unique\s+)?|drop\s+)index\s+(?<concurrently>concurrently\s+)?(?<if>if\s+(?:not\s+)?exists\s+)?
        \S+(?:\s+on\s+(?<table>\S+))?
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Index();

    [GeneratedRegex("""
        \breindex\b|\bcluster\b|vacuum\s+full|\bset\s+not\s+null\b|\balter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b(?!\s+numeric\s*(;|$))
        |\brename\b|\bdrop\s+(column|table|schema)\b
        |\badd\s+(constraint|check|foreign|unique|primary)\b(?!.*\bnot\s+valid\b)
        |\badd\s+(column\s+)?\S+\s+(?!.*\bdefault\b).*\bnot\s+null\b
        |\badd\s+column\b.*\bdefault\s+\S*\(|\bgenerated\s+always\s+as\s+\(
        |^\s*(update|delete\s+from|insert\s+into)\b
        """, RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.Multiline)]
    private static partial Regex Rewriting();
}
