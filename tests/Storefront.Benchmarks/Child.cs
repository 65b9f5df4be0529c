using System.Diagnostics;
using System.Text.Json;

namespace Storefront.Benchmarks;

/// <summary>A program run to its end.</summary>
internal static class Child
{
    /// <summary>Returns what it printed last. A line "warm" is passed on at once.</summary>
    public static async Task<string> RunAsync(ProcessStartInfo program, Action? warm = null)
    {
        program.RedirectStandardOutput = true;
        using var process = Process.Start(program)!;
        var last = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "warm") warm?.Invoke();
            else if (line.Length > 0) last = line;
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? last
            : throw new InvalidOperationException(
                $"{program.FileName} {string.Join(' ', program.ArgumentList)} ended with exit code {process.ExitCode}: {last}");
    }

    public static async Task<T> AskAsync<T>(ProcessStartInfo program, Action? warm = null) =>
        JsonSerializer.Deserialize<T>(await RunAsync(program, warm), JsonSerializerOptions.Web)!;
}
