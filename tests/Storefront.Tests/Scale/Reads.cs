using Storefront.Tests.Support;

namespace Storefront.Tests.Scale;

/// <summary>How often each large table was read from end to end, and how many rows were read of it, as Postgres counted.</summary>
internal sealed record Reads(string Table, long Rows, long Scans, long RowsScanned, long RowsByIndex)
{
    private const int Large = 10_000;

    /// <summary>Waits until all sessions of the application have ended: Postgres counts what a session read when it ends.</summary>
    public static async Task<IReadOnlyList<Reads>> CountAsync(BigShop shop, string application)
    {
        var sessions = $"select count(*) from pg_stat_activity where datname = current_database() and application_name = '{application}'";
        await Eventually.Async(
            async () => (await shop.ReadAsync(sessions, row => row.GetInt64(0))).Single(), left => left == 0,
            $"no session of {application} is left");
        return await shop.ReadAsync($"""
            select s.schemaname || '.' || s.relname, c.reltuples::bigint, s.seq_scan, s.seq_tup_read,
                   coalesce((select sum(i.idx_tup_read) from pg_stat_user_indexes i where i.relid = s.relid), 0)::bigint
            from pg_stat_user_tables s join pg_class c on c.oid = s.relid where c.reltuples > {Large} order by 1
            """, row => new Reads(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)));
    }

    public static IReadOnlyList<Reads> Between(IReadOnlyList<Reads> before, IReadOnlyList<Reads> after) =>
    [
        .. from later in after
           join sooner in before on later.Table equals sooner.Table
           select later with
           {
               Scans = later.Scans - sooner.Scans,
               RowsScanned = later.RowsScanned - sooner.RowsScanned,
               RowsByIndex = later.RowsByIndex - sooner.RowsByIndex,
           },
    ];
}
