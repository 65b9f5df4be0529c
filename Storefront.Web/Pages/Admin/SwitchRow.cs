using Storefront.Jobs.BackOffice;

namespace Storefront.Web.Pages.Admin;

/// <summary>A switch, as a page shows it.</summary>
/// <param name="Hold">The position that stops something.</param>
/// <param name="Free">The usual position.</param>
/// <param name="Held">What staff have set it to; null: nothing.</param>
public sealed record SwitchRow(string Target, string Name, string Does, string Hold, string Free, Switches.Switch? Held)
{
    /// <summary>Sets one of these switches. Returns why not, or null.</summary>
    internal static async Task<string?> SetAsync(
        IEnumerable<SwitchRow> rows, Switches switches, string target, string position, string who, string? reason,
        CancellationToken cancel)
    {
        if (!rows.Any(row => row.Target == target && (position == row.Hold || position == row.Free))) return "There is no such switch.";
        if (string.IsNullOrWhiteSpace(reason)) return "Enter a reason. Your colleagues will see it.";
        await switches.SetAsync(target, position, who, reason, cancel);
        return null;
    }
}
