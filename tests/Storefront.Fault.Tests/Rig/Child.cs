using System.Diagnostics;
using System.Globalization;

namespace Storefront.Fault.Tests.Rig;

/// <summary>A process of the rig. Its output goes to a file, so it never waits for a reader.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;
    private readonly Guard guard;

    private Child(Process process, Guard guard) => (this.process, this.guard) = (process, guard);

    public Task Exited => process.WaitForExitAsync();
    public bool IsAlive => !process.HasExited;
    public int ExitCode => process.ExitCode;

    /// <param name="log">Appended to.</param>
    /// <param name="command">A program and its arguments.</param>
    public static Child Start(
        Guard guard, string log, string folder, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        // With exec the process is the program itself, so a signal reaches it and not a shell.
        var start = new ProcessStartInfo("sh", ["-c", """exec "$@" >>"$0" 2>&1 </dev/null""", log, .. command])
        {
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        guard.Began(process.Id);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => guard.Ended(process.Id);
        return new(process, guard);
    }

    /// <param name="signal">By name: <c>KILL</c>, <c>TERM</c>, <c>STOP</c>, <c>CONT</c>.</param>
    public void Send(string signal)
    {
        if (process.HasExited) return;
        using var kill =
            Process.Start(
                new ProcessStartInfo("kill",
                    ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true })!;
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        guard.Ended(process.Id);
        process.Dispose();
    }
}
