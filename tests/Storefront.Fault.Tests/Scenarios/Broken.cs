using System.Diagnostics;
using System.Globalization;
using Storefront.Fault.Tests.Load;
using Storefront.Fault.Tests.Rig;

namespace Storefront.Fault.Tests.Scenarios;

/// <summary>Faults of partners, of Postgres and of the connections to them while shoppers order.</summary>
internal static class Broken
{
    private const int Many = 150;

    /// <summary>A web page with status 200 accepts nothing.</summary>
    public static readonly object WebPage = new
    {
        status = 200, body = "<html><body><h1>Down for maintenance</h1></body></html>", contentType = "text/html",
    };

    public static Func<Run, Task> Partner(string partner, object fault) => run =>
        run.UnderLoadAsync(() => Nemesis.PartnerFaultAsync(run, partner, fault, Many));

    public static Func<Run, Task> PartnerWire(string partner, Wire wire, double share = 1) => run =>
        run.UnderLoadAsync(() => Nemesis.WireAsync(run, run.Rig.PartnerWires[partner], partner, wire, Many, share));

    /// <summary>Stock is reserved, and nobody asks again. The reservation has to become an order or be released.</summary>
    public static Task NobodyAsksAgainAsync(Run run)
    {
        run.NobodyAsksAgain();
        return Partner("inventory", new { dropAfterAccept = 0.5 })(run);
    }

    /// <summary>
    /// A partner asks to wait. Nobody calls it before that time, and no attempt is used up.
    /// </summary>
    public static async Task EmailAsksToWaitAsync(Run run)
    {
        await Partner("email", new { status = 429, retryAfterSeconds = 3 })(run);
        await run.DrainAsync();
        var most = await run.AskAsync<int>("""
            select coalesce(max(d.attempts), 0) from orders.deliveries d join orders.orders o on o.id = d.order_id
            where d.effect = 'order-confirmation' and o.name like $1 || '%'
            """);
        run.Expect(most == 1, $"A mail that was deferred has used up {most} attempts");
    }

    /// <summary>A slow call is not a failed one: nobody repeats it while it is under way.</summary>
    public static async Task EmailIsSlowAsync(Run run)
    {
        run.Fault("email: 3 s a call");
        await run.Rig.Partners.BreakAsync("email", new { latencyMs = 3000 });
        // So few orders leave workers free, which could repeat the calls.
        const int orders = 4;
        await Task.WhenAll(Enumerable.Range(0, orders).Select(_ => run.Shoppers.PlaceAsync(new Random(run.Random.Next()))));
        run.Expect(
            await Run.ComesTrueAsync(async () => await MailsAsync("orders.deliveries", "and of.state = 'delivered'") == orders,
                TimeSpan.FromSeconds(60)), "Mails have not left though Email was only slow");
        await run.DrainAsync();
        var again = await MailsAsync("orders.calls") - orders;
        run.Expect(again == 0, $"{again} calls were made again while they were under way");

        Task<long> MailsAsync(string table, string where = "") => run.AskAsync<long>(
            $"select count(*) from {table} of join orders.orders o on o.id = of.order_id where of.effect = 'order-confirmation' {where} "
                + $"and o.name like $1 || '%'");
    }

    public static Task PostgresRestartsAsync(Run run, int times) =>
        run.UnderLoadAsync(() => Nemesis.RepeatAsync(run, times, Nemesis.RestartPostgresAsync));

    /// <summary>An accepted order is on disk before the answer, however soon the server is stopped.</summary>
    public static async Task PostgresRestartsAfterEachYesAsync(Run run, int times)
    {
        for (var n = 0; n < times; n++)
        {
            var shoppers = Enumerable.Range(0, 4).Select(_ => run.Shoppers.PlaceAsync(new Random(run.Random.Next()))).ToList();
            await Task.WhenAny(shoppers);
            await Nemesis.RestartPostgresAsync(run);
            await Task.WhenAll(shoppers);
        }
    }

    public static Task PostgresStallsAsync(Run run) =>
        run.UnderLoadAsync(() => Nemesis.WireAsync(run, run.Rig.DatabaseWire, "Postgres", Wire.Blackhole, Many));

    /// <summary>
    /// The primary is lost with its machine. Every order that was answered with yes is on the standby, which then takes orders.
    /// </summary>
    public static Task FailOverAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        await run.AnswersAsync(Many);
        run.Fault("kill -9 of the primary");
        var lost = Stopwatch.StartNew();
        await run.Rig.Postgres.KillPrimaryAsync();
        await run.Rig.Postgres.PromoteAsync();
        var promoted = Stopwatch.StartNew();
        var accepted = run.History.Accepted;
        run.Expect(
            await Run.ComesTrueAsync(() => Task.FromResult(run.History.Accepted > accepted), TimeSpan.FromSeconds(60)),
            "No order was accepted within 60 s of the promotion");
        run.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"orders accepted again {promoted.Elapsed.TotalSeconds:N1} s after the promotion, "
            + $"{lost.Elapsed.TotalSeconds:N1} s after the kill"));
        await run.AnswersAsync(Many);
    });

    /// <summary>
    /// Inventory was restored from a backup and has lost some reservations: the shop makes them again before others buy the stock.
    /// </summary>
    public static async Task ReservationsVanishAsync(Run run)
    {
        const int Some = 5;
        using var operators = new Operator(run.Rig);
        await run.UnderLoadAsync(() => run.AnswersAsync(20));
        await run.DrainAsync();
        var before = (await run.Rig.Partners.ReservationsAsync()).Length;
        run.Fault($"Inventory forgets {Some} reservations");
        foreach (var wish in run.History.Wishes.Where(wish => wish.Outcome == Outcome.Accepted).Take(Some))
            await run.Rig.Partners.ForgetReservationAsync(wish.Order!.Value);
        // The nightly comparison covers all orders but the latest. The comparison of every minute covers those.
        operators.CompareInventory();
        run.Expect(
            await Run.ComesTrueAsync(
                async () => (await run.Rig.Partners.ReservationsAsync()).Length == before, TimeSpan.FromMinutes(3)),
            "Stock that Inventory no longer held was not reserved again within three minutes");
    }

    /// <summary>A partner's text is cut to the ledger's limit, and never inside a character.</summary>
    public static async Task WordsAreCutAsync(Run run)
    {
        foreach (var first in new[] { "", "x" })
        {
            var body = first + string.Concat(Enumerable.Repeat("😀", 5000));
            await Partner("email", new { status = 500, body, contentType = "text/plain" })(run);
        }
        await run.DrainAsync();
        var broken = await run.AskAsync<long>("""
            select (select count(*) from orders.calls c join orders.orders o on o.id = c.order_id
                    where o.name like $1 || '%' and c.words like '%' || chr(65533) || '%')
                 + (select count(*) from orders.deliveries d join orders.orders o on o.id = d.order_id
                    where o.name like $1 || '%' and d.last_error like '%' || chr(65533) || '%')
            """);
        run.Expect(broken == 0, $"A partner's words were cut inside a character {broken} times");
    }

    /// <summary>Postgres refuses to write and continues to read, as with a full disk.</summary>
    public static Task PostgresRefusesToWriteAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        run.Fault("Postgres refuses to write, as where its disk is full");
        await run.Rig.Postgres.RunAsync("alter system set default_transaction_read_only = on");
        await run.Rig.Postgres.RunAsync("select pg_reload_conf()");
        await run.AnswersAsync(Many);
        await run.Rig.Postgres.RunAsync("alter system reset default_transaction_read_only");
        await run.Rig.Postgres.RunAsync("select pg_reload_conf()");
    });

    public static Task SessionsEndAsync(Run run) => run.UnderLoadAsync(async () =>
    {
        for (var n = 0; n < 50; n++)
        {
            await Nemesis.TerminateBackendsAsync(run);
            await Task.Delay(100); // The fault happens ten times a second.
        }
    });

    /// <summary>Statements arrive and may be committed, and their answers are lost.</summary>
    public static Task CommitsGoUnansweredAsync(Run run) => run.UnderLoadAsync(() => Nemesis.RepeatAsync(run, 10, _ =>
        Nemesis.WireAsync(run, run.Rig.DatabaseWire, "Postgres", run.Random.Next(2) == 0 ? Wire.DropAnswer : Wire.CutAnswer, answers: 2,
            share: 0.5)));

    public static Task AnythingAsync(Run run, int faults) => run.UnderLoadAsync(() => Nemesis.AnyAsync(run, faults));
}
