using System.Runtime.InteropServices;
using Storefront.Web.Settings;

namespace Storefront.Web.Hosting;

internal static class Start
{
    /// <summary>Runs the program; a start that cannot succeed ends in sentences on standard error and exit code 1.</summary>
    /// <param name="run">Its token is cancelled by Ctrl-C or SIGTERM during the start; afterwards the host listens to them itself.</param>
    public static async Task<int> ExplainedAsync(Func<CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            return await run(stop.Token);
        }
        catch (Exception broken) when (stop.IsCancellationRequested && broken is not SettingFault)
        {
            return 0; // what was under way was canceled on request
        }
        catch (Exception fault) when (StartFault.Explain(fault) is { } sentences)
        {
            await Console.Error.WriteLineAsync($"Storefront cannot start.\n{sentences}");
            return 1;
        }

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true; // what was started has to be stopped before the process ends
            stop.Cancel();
        }
    }
}
