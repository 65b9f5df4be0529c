namespace Storefront.Jobs.Queue.Gates;

/// <summary>A gate as the whole fleet sees it.</summary>
/// <param name="Name">The partner's.</param>
/// <param name="Reason">Why it is not open: a sentence without personal data.</param>
/// <param name="Since">When it left the position open, or was opened.</param>
/// <param name="ProbeIn">How long until one job is tried; negative: it is due. Measured by the database's clock.</param>
/// <param name="IsProbed">A process holds the lease for trying one job.</param>
public sealed record GateRow(string Name, GateState Position, string Reason, DateTimeOffset Since, TimeSpan ProbeIn, bool IsProbed);

/// <summary>What the fleet knows of one partner.</summary>
/// <param name="Gate">Null: nobody has ever closed it.</param>
/// <param name="Learned">Requests a second that the partner allows, by its own answers; null: it has not said so lately.</param>
/// <param name="ByHand">Requests a second that a person allows; null: nobody has set a limit.</param>
public sealed record FleetRow(string Name, GateRow? Gate, double? Learned, double? ByHand);
