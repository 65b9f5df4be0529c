using Npgsql;
using Storefront.Jobs.Database;

namespace Storefront.Jobs.Queue.Gates;

/// <summary>When the fleet may call each partner next: one row each, for partners whose requests are limited.</summary>
internal sealed class PaceTable(NpgsqlDataSource database)
{
    public const string Paces = "hangfire.storefront_pace";

    /// <summary>Nobody takes times further ahead, so that each process gets some of them.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromSeconds(1.5);

    /// <summary>Takes the next free times for calls. They are no other process's, also if they stay unused.</summary>
    /// <param name="every">From one time to the next.</param>
    /// <param name="most">The caller waits no longer: a rare time that lies further ahead is left to whoever can wait for it.</param>
    /// <returns>
    /// The first free time, from now on, and how many were taken; none where others have taken all of the next second.
    /// </returns>
    public async Task<(TimeSpan First, int Count)> DrawAsync(
        string name, TimeSpan every, int burst, int wanted, TimeSpan most, CancellationToken cancel)
    {
        while (true)
        {
            var drawn = await database.ReadAsync($"""
                with free as (
                    select greatest(pace.next_at, time.now - ($3 - 1) * $2) as first, time.now
                    from {Paces} pace, lateral (select clock_timestamp() as now) as time where pace.name = $1 for update of pace),
                drawn as (
                    select first, now, greatest(0, least($4, 1 + floor(
                        extract(epoch from now + greatest($5, least($2, $6)) - first) / extract(epoch from $2))))::int as count from free)
                update {Paces} pace set next_at = drawn.first + drawn.count * $2 from drawn where pace.name = $1
                returning drawn.first - drawn.now, drawn.count
                """, [name, every, burst, wanted, Horizon, most], row => (row.GetTimeSpan(0), row.GetInt32(1)), cancel);
            if (drawn is [var times]) return times;
            await database.ExecuteAsync($"insert into {Paces} (name) values ($1) on conflict do nothing", [name], cancel);
        }
    }

    /// <summary>Tells the fleet what the partner said of its limit. Forgotten after <paramref name="life"/>.</summary>
    public Task LearnAsync(string name, double perSecond, TimeSpan life, CancellationToken cancel) => database.ExecuteAsync($"""
        insert into {Paces} (name, learned, learned_until) values ($1, $2, now() + $3)
        on conflict (name) do update set learned = excluded.learned, learned_until = excluded.learned_until
        """, [name, perSecond, life], cancel);

    /// <summary>Sets a limit by hand; null: takes it back. The next turn is now, and not when a lower limit would have given one.</summary>
    public Task LimitAsync(string name, double? perSecond, CancellationToken cancel) => database.ExecuteAsync($"""
        insert into {Paces} as pace (name, by_hand) values ($1, $2::float8) on conflict (name) do update
        set by_hand = excluded.by_hand, next_at = least(pace.next_at, clock_timestamp())
        """, [name, perSecond], cancel);
}
