using Npgsql;
using Storefront.Jobs.Database;
using Storefront.Jobs.Partners;

namespace Storefront.Jobs.Orders;

/// <summary>Writes the HTTP calls of a piece of work beside what came of it.</summary>
internal static class CallRows
{
    /// <summary>What the calls for the order itself are kept under, where there is no effect yet.</summary>
    public const string Reservation = "reservation";

    private const int MaxWordsCharacters = 500;

    /// <summary>Adds the calls since the last time to the batch: no round trip of their own.</summary>
    public static void AddCalls(this NpgsqlBatch batch, Guid orderId, string effect)
    {
        if (Take(orderId, effect) is { } calls) batch.BatchCommands.Add(calls());
    }

    /// <summary>The calls since the last time; null where there were none.</summary>
    public static Func<NpgsqlBatchCommand>? Take(Guid orderId, string effect)
    {
        if (CallLog.Current?.Take() is not { Count: > 0 } calls) return null;
        return () => Sql.InBatch("""
            insert into orders.calls (order_id, effect, partner, request, began_at, duration_ms, status, quota_left, trace_id, words)
            select $1, $2, * from unnest($3::text[], $4::text[], $5::timestamptz[], $6::int[], $7::smallint[], $8::int[], $9::text[],
                $10::text[])
            """,
            orderId, effect, All(call => call.Partner), All(call => StorableText.Shorten(call.Request, 200)), All(call => call.BeganAt),
            All(call => (int)call.Duration.TotalMilliseconds), All(call => (short?)call.Status), All(call => call.QuotaLeft),
            All(call => call.TraceId), All(call => StorableText.Shorten(call.Words, MaxWordsCharacters)));

        T[] All<T>(Func<HttpCall, T> part) => [.. calls.Select(part)];
    }
}
