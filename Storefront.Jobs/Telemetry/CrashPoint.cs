using System.Diagnostics;

namespace Storefront.Jobs.Telemetry;

/// <summary>
/// Lines at which a test may end this process, as a power cut would. Only the configuration CrashPoints compiles the calls;
/// the half of this class that acts lies with the tests.
/// </summary>
internal static partial class CrashPoint
{
    [Conditional("CRASH_POINTS")]
    public static void At(string name) => Reached(name);

    static partial void Reached(string name);
}
