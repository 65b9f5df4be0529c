using System.Diagnostics;

namespace Storefront.Sandbox.Postgres;

/// <summary>Runs a program to its end.</summary>
internal static class Command
{
    public sealed record Result(int ExitCode, string Output)
    {
        public string LastLine => Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";
    }

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static async Task<Result> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(), // one that whoever it runs as can be in
        })!;
        process.StandardInput.Close();
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);
        return new(process.ExitCode, string.Concat(output));
    }
}
