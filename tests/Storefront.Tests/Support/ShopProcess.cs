using System.Diagnostics;
using System.Text.RegularExpressions;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Support;

/// <summary>The program as a process, for what belongs to a process: its environment, its folder, its exit code, its signals.</summary>
public sealed partial class ShopProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly TaskCompletionSource<Uri> open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> lines = [];

    private ShopProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Of the build that the tests use.</summary>
    public static string Configuration => AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>Where the shop listens.</summary>
    public Uri Url => open.Task.Result;

    /// <summary>Memory that is its own and in use now.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public string Words
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>Runs the built program to its end.</summary>
    public static Task<(int Code, string Words)> RunAsync(
        IEnumerable<string> args, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null) =>
        RunAsync([typeof(PriceList).Assembly.Location, .. args], environment, folder, "dotnet");

    /// <summary>Runs any command to its end.</summary>
    public static async Task<(int Code, string Words)> RunAsync(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string?>? environment, string? folder, string program)
    {
        await using var run = new ShopProcess(Begin(program, command, environment, folder));
        return (await run.EndAsync(), run.Words);
    }

    /// <summary>Runs the program until its shop is open.</summary>
    /// <param name="assembly">Null: the one that the tests were built with.</param>
    public static async Task<ShopProcess> OpenAsync(
        IEnumerable<string> args, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null, string? assembly = null)
    {
        var run = new ShopProcess(Begin("dotnet", [assembly ?? typeof(PriceList).Assembly.Location, .. args], environment, folder));
        var ended = run.process.WaitForExitAsync();
        if (await Task.WhenAny(run.open.Task, ended, Task.Delay(Deadline)) == run.open.Task) return run;
        await run.DisposeAsync();
        throw new InvalidOperationException($"The shop did not open:\n{run.Words}");
    }

    /// <summary>Runs the built program, and does not wait.</summary>
    public static ShopProcess Begin(
        IReadOnlyList<string> args, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null) =>
        new(Begin("dotnet", [typeof(PriceList).Assembly.Location, .. args], environment, folder));

    /// <summary>Stops the program as Ctrl-C does, but with SIGTERM: background processes of a shell may ignore SIGINT.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<int> EndAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", [$"{process.Id}"]);
            await kill.WaitForExitAsync();
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await process.WaitForExitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private static Process Begin(
        string program, IReadOnlyList<string> args, IReadOnlyDictionary<string, string?>? environment, string? folder)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (lines) lines.Add(line);
        if (BackOffice().Match(line) is { Success: true } found) open.TrySetResult(new Uri(found.Groups[1].Value));
    }

    [GeneratedRegex(@"^  Back office +(http://\S+)/admin$")]
    private static partial Regex BackOffice();
}
