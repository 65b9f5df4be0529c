using System.Diagnostics;

namespace Storefront.Fault.Tests.Rig;

/// <summary>
/// A shell that ends after this process. When its pipe closes, for whatever reason, it kills every process that it was told of and
/// has not been told the end of, and removes the rig's folder unless told to keep it.
/// </summary>
internal sealed class Guard : IDisposable
{
    private const string Script = """
        trap '' INT TERM
        alive=" "
        while read -r what process; do
          case $what in
            began) alive="$alive$process " ;;
            ended) alive=$(echo "$alive" | sed "s/ $process / /") ;;
            keep) keep=yes ;;
          esac
        done
        for process in $alive; do kill -9 "$process" 2>/dev/null; done
        [ -n "$keep" ] || rm -rf "$0"
        """;

    private readonly Process shell;
    private readonly Lock gate = new();

    public Guard(string folder) =>
        shell = Process.Start(
            new ProcessStartInfo("sh", ["-c", Script, folder]) { RedirectStandardInput = true, RedirectStandardError = true })!;

    public void Began(int process) => Tell($"began {process}");

    public void Ended(int process) => Tell($"ended {process}");

    public void Keep() => Tell("keep");

    public void Dispose()
    {
        shell.StandardInput.Close();
        shell.WaitForExit();
        shell.Dispose();
    }

    private void Tell(string what)
    {
        lock (gate)
        {
            shell.StandardInput.WriteLine(what);
            shell.StandardInput.Flush();
        }
    }
}
