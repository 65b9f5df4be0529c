using System.Globalization;
using System.Runtime.InteropServices;

namespace Storefront.Jobs.Telemetry;

/// <summary>
/// Compiled into the shop by the configuration CrashPoints alone. <c>STOREFRONT_CRASH_AT=after-intent:3</c> ends the process the third
/// time it comes by there, <c>STOREFRONT_STOP_AT</c> stops it until somebody sends SIGCONT, <c>STOREFRONT_HANG_AT</c> lets whoever comes by
/// stay there for good while the process goes on; without any of them nothing happens.
/// </summary>
internal static partial class CrashPoint
{
    // The signal and not Environment.FailFast: nothing may be written, closed or flushed on the way out.
    private static readonly Trap Kill = Trap.Read("STOREFRONT_CRASH_AT", () => Send(Environment.ProcessId, 9));
    private static readonly Trap Stop = Trap.Read("STOREFRONT_STOP_AT",
        () => Send(Environment.ProcessId, OperatingSystem.IsLinux() ? 19 : 17));
    private static readonly Trap Hang = Trap.Read("STOREFRONT_HANG_AT", () => new ManualResetEventSlim().Wait());

    static partial void Reached(string name)
    {
        Kill.Pass(name);
        Stop.Pass(name);
        Hang.Pass(name);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Send(int process, int signal);

    private sealed class Trap(string name, int times, Action spring)
    {
        private int left = times;

        public static Trap Read(string variable, Action spring) => Environment.GetEnvironmentVariable(variable)?.Split(':') switch
        {
            [var name, var times] => new(name, int.Parse(times, CultureInfo.InvariantCulture), spring),
            [var name] => new(name, 1, spring),
            _ => new("", 0, spring),
        };

        public void Pass(string point)
        {
            if (point == name && Interlocked.Decrement(ref left) == 0) spring();
        }
    }
}
