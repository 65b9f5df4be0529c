using System.ComponentModel;
using System.Diagnostics;

namespace Storefront.Tests.Support;

/// <summary>A folder with a <c>package.json</c> and a lock file, whose programs a test runs.</summary>
/// <param name="path">From the root of the repository.</param>
public sealed class NodeFolder(string path)
{
    private static readonly SemaphoreSlim OneInstallation = new(1);

    private readonly string folder = Repository.File(path);

    public string File(string name) => Path.Combine(folder, name);

    /// <summary>Installs the packages of the lock file, unless they are there. Without Node.js the test is skipped.</summary>
    public async Task InstallAsync()
    {
        Assert.SkipUnless(await IsThereAsync("node") && await IsThereAsync("npm"), "Node.js is not on this machine. This test needs it.");
        await OneInstallation.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (!IsInstalled()) await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        }
        finally
        {
            OneInstallation.Release();
        }
    }

    /// <summary>Runs the program in this folder, and returns what it said. It must end with 0.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        var windows = OperatingSystem.IsWindows() && program is "npm" or "npx";
        var start = new ProcessStartInfo(windows ? program + ".cmd" : program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" },
        };
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)} said: {said} {await complaints}");
        return said.Trim();
    }

    // npm keeps a copy of the lock file beside what it installed. An older copy means that the versions have changed.
    private bool IsInstalled()
    {
        var installed = new FileInfo(File(Path.Combine("node_modules", ".package-lock.json")));
        return installed.Exists && installed.LastWriteTimeUtc >= System.IO.File.GetLastWriteTimeUtc(File("package-lock.json"));
    }

    private async Task<bool> IsThereAsync(string program)
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
}
