using Storefront.Benchmarks.Backlog;

namespace Storefront.Benchmarks.Outage;

/// <summary>
/// What the shop and its database do while Email is down and 100,000 mails wait, against the same shop with Email well; and how soon the
/// mails leave when Email is back. Shoppers place 10 orders a second all the time.
/// </summary>
internal sealed class OutageBenchmark(Report report, TextWriter output)
{
    public const string Well = "Email well", Healthy = "a healthy queue";

    private const int Waiting = 100_000;
    private const int OrdersASecond = 10;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    // Null: it refuses connections.
    private static readonly (string Name, object? Fault)[] Outages =
    [
        ("answers 503", new { status = 503 }), ("answers 429", new { status = 429 }),
        ("answers 429, Retry-After 30", new { status = 429, retryAfterSeconds = 30 }), ("does not answer", new { hang = true }),
        ("refuses connections", null),
    ];

    public async Task RunAsync()
    {
        using var email = new OutageEmail();
        await using var shop = await RunningShop.StartAsync(output, [email.Setting, .. Staff.Settings]);
        email.StandBefore(shop.Partners);
        await Assortment.BringInAsync(shop, [new Product("THING-1", "Thing number 1", 1.25m)]);
        await using var database = new OutageDatabase(shop.Database);
        using var shoppers = new Shoppers(shop.Shop, OrdersASecond);
        await Task.Delay(WarmUp);
        var memory = shop.Memory();

        await email.BreakAsync(Outages[0].Fault);
        await using var pile = await Pile.BeginAsync(shop, TimeSpan.FromDays(2));
        await pile.GrowAsync(Waiting, failed: 0, "order-confirmation");
        var measured = new List<(string Name, OutageFigures Figures)>();
        foreach (var (name, fault) in Outages)
        {
            await output.WriteLineAsync($"Email {name}");
            await email.BreakAsync(fault);
            measured.Add((name, await MeasureAsync(shop, database, shoppers)));
            await output.WriteLineAsync($"  the gate says: {await database.ReasonAsync()}");
        }

        await HealAsync(email, database);
        await TryNowAsync(shop, email, database);

        await database.WithdrawAsync();
        await output.WriteLineAsync(Well);
        // As many minutes as there were outages: the slowest of five minutes is slower than one minute, whatever happens in them.
        var minutes = new List<OutageFigures>();
        foreach (var _ in Outages) minutes.Add(await MeasureAsync(shop, database, shoppers));
        // Its memory is that from before any mail waited: sending the mails has needed more.
        var well = OutageFigures.Usual(minutes) with { Memory = memory };
        await DrainHealthyQueueAsync(pile, email, database);

        foreach (var (name, figures) in measured.Prepend((Well, well))) figures.Add(report, name, well);
        OutageFigures.Worst([.. measured.Select(one => one.Figures)]).Add(report, Goal.Ours, well);
        await output.WriteLineAsync(OutageFigures.Head);
        foreach (var (name, figures) in measured.Prepend(("is well", well))) await output.WriteLineAsync(figures.Row(name, well));
        await output.WriteLineAsync();
    }

    private static async Task<OutageFigures> MeasureAsync(RunningShop shop, OutageDatabase database, Shoppers shoppers)
    {
        await database.SettleAsync();
        await Task.Delay(Settling);
        return await OutageFigures.MeasureAsync(shop, database, shoppers);
    }

    private async Task HealAsync(OutageEmail email, OutageDatabase database)
    {
        await output.WriteLineAsync("Email is back");
        await database.SettleAsync();
        var left = Math.Max(0, await database.BreakAsync());
        await email.HealAsync();
        var first = await email.UntilNextAsync();
        report.Add("outage", Goal.Ours, "first mail after the break", "s", Math.Max(0, first.TotalSeconds - left));
        await DrainRate.MeasureAsync(report, Goal.Ours, email);
    }

    /// <summary>Email is back long before the end of a break that it has asked for, and staff know.</summary>
    private async Task TryNowAsync(RunningShop shop, OutageEmail email, OutageDatabase database)
    {
        await output.WriteLineAsync("staff press \"Try now\"");
        using var staff = await Staff.SignInAsync(shop.Shop);
        await email.BreakAsync(new { status = 429, retryAfterSeconds = 120 });
        while (await database.IsOpenAsync()) await Task.Delay(100);
        await Task.Delay(TimeSpan.FromSeconds(1)); // Calls that are under way end.
        var press = await staff.OpenFormAsync("/admin/partners", "/admin/partners?handler=Probe", ("partner", "Email"));
        await email.HealAsync();
        var first = email.UntilNextAsync();
        await press();
        report.Add("outage", Goal.Ours, "first mail after Try now", "s", (await first).TotalSeconds);
    }

    /// <summary>The same mails again, of other orders, while Email is well all the time.</summary>
    private async Task DrainHealthyQueueAsync(Pile pile, OutageEmail email, OutageDatabase database)
    {
        await output.WriteLineAsync(Healthy);
        await pile.GrowAsync(Waiting * 2, failed: 0, "order-confirmation");
        await database.SettleAsync(); // as before the mails that waited, whose first changes wrote whole pages to the WAL
        await DrainRate.MeasureAsync(report, Healthy, email);
        if (!await database.IsOpenAsync()) throw new InvalidOperationException("Email's gate was not open all the time.");
    }
}
