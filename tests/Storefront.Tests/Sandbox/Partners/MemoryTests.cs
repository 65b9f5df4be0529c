using System.Diagnostics;
using System.Text.RegularExpressions;
using Storefront.Sandbox.Partners;
using Storefront.Sandbox.Postgres;
using Storefront.Tests.Support;
using static Storefront.Tests.Sandbox.Partners.PartnerBench;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>A partner's answers hold across restarts, lines cut by a crash, and kill -9.</summary>
public sealed partial class MemoryTests : IAsyncLifetime
{
    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task A_restart_keeps_everything()
    {
        await bench.SetStockAsync("MUG", 10);
        await bench.ReserveAsync("held", ("MUG", 2));
        await bench.ReserveAsync("released", ("MUG", 3));
        await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/released");
        await bench.InventoryAsync(HttpMethod.Delete, "/v1/reservations/tombstone");
        var mail = await bench.MailAsync(AMail("żółw 🐢"), "k");
        await bench.TrackAsync("/v1/track", AnEvent("m"));
        var before = await AllAsync();

        await bench.RestartAsync();

        (await AllAsync()).ShouldBe(before);
        (await bench.MailAsync(AMail("żółw 🐢"), "k")).Body.ShouldBe(mail.Body);
        (await bench.ReserveAsync("held", ("MUG", 2))).Status.ShouldBe(200);
        (await bench.ReserveAsync("tombstone", ("MUG", 1))).Code.ShouldBe("reservation_released");
        await bench.TrackAsync("/v1/track", AnEvent("m"));
        (await bench.AcceptedAsync("events")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task The_initial_stock_applies_only_to_SKUs_without_a_stored_stock()
    {
        await bench.SetStockAsync("MUG", 1);
        await bench.RestartAsync(("MUG", 100), ("TEE", 50));
        (await bench.StockAsync("MUG")).GetProperty("onHand").GetInt32().ShouldBe(1);
        (await bench.StockAsync("TEE")).GetProperty("onHand").GetInt32().ShouldBe(50);
    }

    [Fact]
    public async Task A_line_cut_by_a_crash_is_dropped_and_the_next_line_is_intact()
    {
        await bench.MailAsync(AMail("One"), "one");
        await bench.MailAsync(AMail("Two"), "two");
        await bench.StopAsync();
        using (var file = File.OpenWrite(Journal("emails"))) file.SetLength(file.Length - 10);

        await bench.StartAsync();
        (await bench.AcceptedAsync("emails")).Select(accepted => accepted.GetProperty("key").GetString()).ShouldBe(["one"]);
        await bench.MailAsync(AMail("Three"), "three");
        await bench.RestartAsync();
        (await bench.AcceptedAsync("emails")).Select(accepted => accepted.GetProperty("key").GetString()).ShouldBe(["three", "one"]);
    }

    [Fact]
    public async Task A_batch_cut_by_a_crash_is_dropped_whole()
    {
        var batch = new[] { AMail("Two"), AMail("Three") };
        await bench.MailAsync(AMail("One"), "one");
        await bench.MailAsync(batch, "batch", "/emails/batch");
        await bench.StopAsync();
        using (var file = File.OpenWrite(Journal("emails"))) file.SetLength(file.Length - 10);

        await bench.StartAsync();
        (await bench.AcceptedAsync("emails")).Select(accepted => accepted.GetProperty("key").GetString()).ShouldBe(["one"]);
        (await bench.MailAsync(batch, "batch", "/emails/batch")).Status.ShouldBe(200);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_damaged_line_before_other_lines_makes_the_start_fail()
    {
        await bench.MailAsync(AMail("One"), "one");
        await bench.MailAsync(AMail("Two"), "two");
        await bench.StopAsync();
        var lines = await File.ReadAllTextAsync(Journal("emails"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Journal("emails"), "#" + lines[1..], TestContext.Current.CancellationToken);

        var refusal = await Should.ThrowAsync<SandboxUnavailableException>(async () => await bench.StartAsync());

        refusal.Message.ShouldContain("Line 1 of");
        (await File.ReadAllTextAsync(Journal("emails"), TestContext.Current.CancellationToken)).Length.ShouldBe(lines.Length);
    }

    [Fact]
    public async Task Two_sandboxes_cannot_use_one_data_folder()
    {
        var second = SandboxPartners.StartAsync(new("http://127.0.0.1:0"), bench.DirectoryPath, [], TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<SandboxUnavailableException>(second)).Message.ShouldContain("Sandbox:DataDirectory");
    }

    [Fact]
    public async Task A_port_in_use_is_reported_in_one_sentence()
    {
        using var folder = new TempFolder();
        var second = SandboxPartners.StartAsync(bench.Url, folder.Path, [], TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<SandboxUnavailableException>(second)).Message.ShouldContain("Sandbox:Url");
    }

    [Fact]
    public async Task Everything_answered_before_a_kill_9_is_kept()
    {
        await bench.StopAsync();
        using var process = await RunAsync(bench.DirectoryPath);
        using var http = new HttpClient { BaseAddress = process.Url, DefaultRequestHeaders = { { "Authorization", WriteKey.ToString() } } };
        var answered = new System.Collections.Concurrent.ConcurrentBag<string>();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var n = 0; ; n++)
            {
                using var body = System.Net.Http.Json.JsonContent.Create(AnEvent($"m-{client}-{n}"));
                if ((await http.PostAsync("/v1/track", body)).IsSuccessStatusCode) answered.Add($"m-{client}-{n}");
            }
        })).ToList();

        await Support.Eventually.Async(() => Task.FromResult(answered.Count), count => count > 500, "there is something to lose");
        process.Kill();
        foreach (var client in clients) await Should.ThrowAsync<HttpRequestException>(client);

        await bench.StartAsync();
        var remembered = (await bench.AcceptedAsync("events")).Select(accepted => accepted.GetProperty("key").GetString()!).ToList();
        remembered.ShouldBeUnique();
        answered.Except(remembered).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_refuses_to_start_in_Production()
    {
        using var folder = new TempFolder();
        using var process = Start(folder.Path, "--environment=Production");
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(1);
        said.ShouldContain("Production");
        said.Trim().ShouldNotContain("\n");
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private string Journal(string name) => Path.Combine(bench.DirectoryPath, "partners", name + ".jsonl");

    private async Task<string> AllAsync() => string.Join('\n', await Task.WhenAll(
        new[] { "emails", "events", "reservations", "stock" }.Select(async what => (await bench.ControlAsync(HttpMethod.Get, what)).Body)));

    private static Process Start(string directory, params string[] more) => Process.Start(new ProcessStartInfo("dotnet")
    {
        ArgumentList = { typeof(SandboxPartners).Assembly.Location, "--urls=http://127.0.0.1:0", $"--Sandbox:DataDirectory={directory}",
            string.Join(' ', more) },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<RunningSandbox> RunAsync(string directory)
    {
        var process = Start(directory, "--environment=Test");
        var said = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new(process, new Uri(Address().Match(said ?? "").Value));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/")]
    private static partial Regex Address();

    private sealed record RunningSandbox(Process Process, Uri Url) : IDisposable
    {
        public void Kill()
        {
            Process.Kill();
            Process.WaitForExit();
        }

        public void Dispose()
        {
            if (!Process.HasExited) Kill();
            Process.Dispose();
        }
    }
}
