using System.Globalization;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Checking;

/// <summary>
/// Records what becomes of a partner's gate, and what the fleet does meanwhile. Postgres writes down each change of the row, and the wire
/// each call, so the record does not depend on what the shop says of itself.
/// </summary>
/// <param name="partner">By the name of its gate.</param>
/// <param name="effect">Whose jobs call this partner.</param>
internal sealed class GateWatch(ShopRig rig, string partner, string effect, DateTimeOffset since)
{
    private const string Recorder = """
        create schema if not exists rig;
        create table if not exists rig.gate_moves (
            id bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
            node text not null default current_setting('application_name'), name text, position text, prober uuid, probe_until timestamptz);
        create or replace function rig.note_gate() returns trigger language plpgsql security definer as $$
        begin
            if tg_op = 'DELETE' then insert into rig.gate_moves (name, position) values (old.name, 'lost');
            else insert into rig.gate_moves (name, position, prober, probe_until)
                values (new.name, new.position, new.prober, new.probe_until);
            end if;
            return null;
        end $$;
        drop trigger if exists note_gate on hangfire.storefront_gate;
        create trigger note_gate after insert or update or delete on hangfire.storefront_gate
            for each row execute function rig.note_gate();
        """;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static async Task<GateWatch> StartAsync(ShopRig rig, string partner, string effect)
    {
        await rig.Postgres.RunAsync(Recorder);
        // An outage shortly before would make the breaks of this one longer.
        await rig.Postgres.RunAsync($"delete from hangfire.storefront_gate where name = '{partner}' and position = 'open'");
        return new(rig, partner, effect, Now);
    }

    /// <summary>Who may try the partner now; null: nobody.</summary>
    public async Task<ProbeLease?> LeaseAsync() =>
        GateChecker.LeasesOf(await MovesAsync()) is [.., var lease] && lease.Has(Now) ? lease : null;

    /// <summary>Whether a call is under way that began at that time or later.</summary>
    public bool IsCalledSince(DateTimeOffset time) => rig.PartnerWires[Wire].CallsSince(time).Any(call => call.Ended is null);

    /// <summary>How often the partner was called since then.</summary>
    public int CallsSince(DateTimeOffset time) => rig.PartnerWires[Wire].CallsSince(time).Count;

    /// <returns>What happened until then, and one sentence for each broken promise.</returns>
    public async Task<(string Figures, IReadOnlyList<string> Complaints)> JudgeAsync(DateTimeOffset until)
    {
        var record = new GateRecord(await MovesAsync(), rig.PartnerWires[Wire].CallsSince(since), await StepsAsync());
        return (GateChecker.FiguresOf(record, until), GateChecker.Check(partner, record, until));
    }

    private string Wire => partner.ToLowerInvariant();

    private string Since => since.ToString("O", CultureInfo.InvariantCulture);

    private Task<List<GateMove>> MovesAsync() => Observer.ReadAsync(rig, $"""
        select at, node, position, prober, probe_until from rig.gate_moves where name = '{partner}' and at >= '{Since}' order by id
        """, row => new GateMove(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetString(2),
            row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4)));

    private Task<List<JobStep>> StepsAsync() => Observer.ReadAsync(rig, $"""
        select s.jobid, s.name, s.createdat from hangfire.state s join orders.deliveries d on d.job_id = s.jobid
        where d.effect = '{effect}' and s.createdat >= '{Since}' order by s.id
        """, row => new JobStep(row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));
}
