using System.ComponentModel;
using System.Diagnostics;
using Storefront.Tests.Support;

namespace Storefront.Tests.Sandbox.Partners;

/// <summary>The partners' official clients work unmodified, so the sandbox follows the contracts and not only our own clients.</summary>
public sealed class OfficialClientsTests : IAsyncLifetime
{
    private static readonly string Folder = Repository.File("tests/Storefront.Tests/Sandbox/Partners/clients");

    private readonly PartnerBench bench = new();

    public ValueTask InitializeAsync() => bench.InitializeAsync();

    [Fact]
    public async Task The_official_clients_of_Resend_Segment_and_RudderStack_work_against_the_sandbox()
    {
        Assert.SkipUnless(await IsThereAsync("node") && await IsThereAsync("npm"),
            "Node.js is not on this machine: install it to see the partners' official clients work against the sandbox.");
        if (!IsInstalled()) await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");

        var said = await RunAsync("node", "talk.mjs", bench.Url.GetLeftPart(UriPartial.Authority));

        said.ShouldBe("""
            {"repeated":true,"reused":"invalid_idempotent_request","batched":2,"reusedBatch":"invalid_idempotent_request",
            "permitted":1,"refused":[0],
            "lastEvent":"delivered","scheduled":"scheduled","updated":true,"canceled":"canceled","late":"validation_error",
            "listed":5,"older":2,
            "attached":"invoice.txt","attachment":"text/plain"}
            """.ReplaceLineEndings(""));
        (await bench.AcceptedAsync("emails?key=resend-1")).Single().GetProperty("deliveries").GetInt32().ShouldBe(2);
        (await bench.AcceptedAsync("emails")).Length.ShouldBe(5);
        (await bench.AcceptedAsync("events?key=segment-1")).Length.ShouldBe(1);
        (await bench.AcceptedAsync("events?key=rudder-1")).Length.ShouldBe(1);
        (await bench.AcceptedAsync("events")).Length.ShouldBe(3);
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    // npm keeps a copy of the lock file beside what it installed. An older copy means that the versions have changed.
    private static bool IsInstalled()
    {
        var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        return installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json"));
    }

    private static async Task<bool> IsThereAsync(string program)
    {
        try
        {
            await RunAsync(program, "--version");
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var windows = OperatingSystem.IsWindows() && program == "npm";
        using var process =
            Process.Start(
                new ProcessStartInfo(windows ? "npm.cmd" : program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true,
                    RedirectStandardError = true })!;
        var complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)} said: {await complaints}");
        return said.Trim();
    }
}
