using System.Diagnostics;
using Storefront.Fault.Tests.Checking;
using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>One run of a scenario: its shoppers, its faults, and what has to hold afterwards.</summary>
internal sealed class Run : IAsyncDisposable
{
    private readonly string prefix;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<string> complaints = [];
    private readonly List<string> notes = [];
    private readonly World before;
    private readonly Recovery recovery;
    private int faults;
    private int kills;

    private Run(ShopRig rig, string scenario, int seed, World before)
    {
        (Rig, Seed, this.before) = (rig, seed, before);
        prefix = $"{scenario}-{seed}-{Guid.NewGuid().ToString()[..8]}";
        History = new History(rig.LogOf(prefix));
        Random = new Random(scenario.Aggregate(seed, (sum, letter) => unchecked(sum * 31 + letter)));
        Shoppers = new Shoppers(rig.Doors, History, prefix, seed);
        recovery = new Recovery(rig);
    }

    public ShopRig Rig { get; }
    public int Seed { get; }

    /// <summary>The same for the same scenario and seed.</summary>
    public Random Random { get; }

    public History History { get; }
    public Shoppers Shoppers { get; private set; }

    /// <summary>How long everything may take to come to rest after the last fault is healed.</summary>
    public TimeSpan DrainWithin { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>What the scenario itself expects beyond the checker.</summary>
    public void Expect(bool holds, string otherwise)
    {
        if (!holds) complaints.Add(otherwise);
    }

    /// <summary>A figure that is printed below the scenario's line.</summary>
    public void Note(string what) => notes.Add(what);

    public void Fault(string what)
    {
        Interlocked.Increment(ref faults);
        History.Note("fault", what);
    }

    public int Kills => Volatile.Read(ref kills);

    public void Killed(string what)
    {
        Interlocked.Increment(ref kills);
        recovery.Killed();
        Fault(what);
    }

    /// <summary>
    /// Lets the shoppers come to so many more answers, or to as many as they get in 15 seconds: some faults let nobody through.
    /// </summary>
    public async Task AnswersAsync(int more)
    {
        var enough = History.Wishes.Count + more;
        for (var watch = Stopwatch.StartNew(); History.Wishes.Count < enough
            && watch.Elapsed < TimeSpan.FromSeconds(15);) await Task.Delay(20);
    }

    /// <returns>Whether it came true in time.</returns>
    public static async Task<bool> ComesTrueAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(100))
            if (watch.Elapsed > patience) return false;
        return true;
    }

    /// <summary>Shoppers order while <paramref name="faults"/> happen, and finish what they began.</summary>
    public async Task UnderLoadAsync(Func<Task> faults, int shoppers = 6)
    {
        using var stop = new CancellationTokenSource();
        var shopping = Shoppers.RunAsync(shoppers, stop.Token);
        try
        {
            await faults();
        }
        finally
        {
            await stop.CancelAsync();
            await shopping;
        }
    }

    /// <summary>Waits until nothing is under way, for scenarios that check something then.</summary>
    public async Task DrainAsync()
    {
        await Rig.HealAsync();
        await Observer.DrainAsync(Rig, DrainWithin);
    }

    /// <summary>One value of the shop's database; <c>$1</c> is what the keys of this run begin with.</summary>
    public async Task<T> AskAsync<T>(string sql)
    {
        await using var command = Rig.Postgres.Admin.CreateCommand(sql);
        command.Parameters.Add(new() { Value = prefix });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Effects that partners were sent again under their keys, ever.</summary>
    public async Task<int> RepeatsAsync() => (await Observer.LookAsync(Rig)).Repeats;

    /// <summary>How much of a SKU Inventory holds for orders.</summary>
    public async Task<int> ReservedAsync(string sku) => (await Observer.LookAsync(Rig)).Reserved.GetValueOrDefault(sku);

    /// <summary>From now on shoppers make one attempt only.</summary>
    public void NobodyAsksAgain() => Shoppers = new Shoppers(Rig.Doors, History, prefix, Seed) { Patience = TimeSpan.Zero };

    public string KeyOf(string name) => $"{prefix}-{name}";

    public static async Task<Report> PlayAsync(ShopRig rig, Scenario scenario, int seed)
    {
        await using var run = new Run(rig, scenario.Id, seed, await Observer.LookAsync(rig));
        try
        {
            await scenario.Play(run);
        }
        catch (Exception broken)
        {
            // The table shows the failure, and the other scenarios go on.
            run.Expect(false, $"The scenario broke off: {broken}");
        }

        return await run.JudgeAsync(scenario, run.clock.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        await recovery.DisposeAsync();
        History.Dispose();
    }

    private async Task<Report> JudgeAsync(Scenario scenario, TimeSpan played)
    {
        try
        {
            await Rig.HealAsync();
        }
        catch (TimeoutException dead)
        {
            complaints.Add(dead.Message);
        }

        for (var attempt = 1; ; attempt++)
        {
            var drained = await Observer.DrainAsync(Rig, DrainWithin);
            var world = await Observer.LookAsync(Rig);
            // Reconciliation may have run between draining and looking.
            if (drained is not null && attempt < 5 && world.Leftovers.Queued + world.Leftovers.Unfinished > 0) continue;
            var verdict = Checker.Check(prefix, History.Wishes, world);
            string[] late = drained is null ? [$"Not drained within {DrainWithin.TotalSeconds:0} s"] : [];
            verdict = verdict with { Complaints = [.. late, .. complaints, .. verdict.Complaints] };
            return new(
                scenario, Seed, faults, [.. History.Wishes], played, drained, [.. recovery.Times.Order()],
                world.Leftovers.Repairs.Count - before.Leftovers.Repairs.Count,
                world.Repeats - before.Repeats, verdict, notes);
        }
    }
}

/// <param name="Drained">From the last fault healed to all at rest; null where that did not come in time.</param>
/// <param name="Recoveries">Of each kill, shortest first: until what was under way at that moment had come to its end.</param>
/// <param name="Repairs">Rows reconciliation wrote meanwhile.</param>
/// <param name="Repeats">What partners were sent again under its key: allowed where answers get lost, and watched.</param>
internal sealed record Report(
    Scenario Scenario, int Seed, int Faults, IReadOnlyList<Wish> Wishes, TimeSpan Played, TimeSpan? Drained,
    IReadOnlyList<TimeSpan> Recoveries, int Repairs, int Repeats, Verdict Verdict, IReadOnlyList<string> Notes);

/// <param name="Id">What <c>play</c> and the tests call it by.</param>
/// <param name="What">Completes "nothing is lost and nothing doubled when …".</param>
/// <param name="Layout">Null: two nodes and one Postgres.</param>
internal sealed record Scenario(string Id, string What, Func<Run, Task> Play, Layout? Layout = null);
