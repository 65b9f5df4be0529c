using System.Globalization;
using System.Runtime.InteropServices;

namespace Storefront.Jobs;

/// <summary>
/// Compiled into the shop by the configuration CrashPoints alone. <c>STOREFRONT_CRASH_AT=after-intent:3</c> ends the process the third
/// time it comes by there, <c>STOREFRONT_STOP_AT</c> stops it until somebody sends SIGCONT; without either nothing happens.
/// </summary>
internal static partial class CrashPoint
{
    private static readonly Trap Kill = Trap.Read("STOREFRONT_CRASH_AT", signal: 9);
    private static readonly Trap Stop = Trap.Read("STOREFRONT_STOP_AT", signal: OperatingSystem.IsLinux() ? 19 : 17);

    static partial void Reached(string name)
    {
        Kill.Pass(name);
        Stop.Pass(name);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Send(int process, int signal);

    private sealed class Trap(string name, int times, int signal)
    {
        private int left = times;

        public static Trap Read(string variable, int signal) => Environment.GetEnvironmentVariable(variable)?.Split(':') switch
        {
            [var name, var times] => new(name, int.Parse(times, CultureInfo.InvariantCulture), signal),
            [var name] => new(name, 1, signal),
            _ => new("", 0, signal),
        };

        // The signal and not Environment.FailFast: nothing may be written, closed or flushed on the way out.
        public void Pass(string point)
        {
            if (point == name && Interlocked.Decrement(ref left) == 0) _ = Send(Environment.ProcessId, signal);
        }
    }
}
