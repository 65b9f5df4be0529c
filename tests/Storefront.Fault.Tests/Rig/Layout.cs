namespace Storefront.Fault.Tests.Rig;

/// <summary>What a rig consists of, when it is not two nodes and one Postgres.</summary>
/// <param name="Balanced">nginx stands before the nodes, and shoppers know its address only.</param>
/// <param name="Standby">A second Postgres receives every commit before it is answered, and nodes know the addresses of both.</param>
internal sealed record Layout(int Nodes = 2, bool Balanced = false, bool Standby = false)
{
    public static readonly Layout Usual = new();

    /// <summary>A promoted standby is no longer a standby.</summary>
    public bool IsUsedUp => Standby;

    /// <returns>What has to be installed first, as a sentence; null: everything is here.</returns>
    public string? Lacks() =>
        Balanced && LoadBalancer.Program is null ? "nginx is not on this machine (Debian and Ubuntu: apt-get install nginx)."
        : Standby && RigStandby.BaseBackup is null ? "pg_basebackup is not on this machine (Debian and Ubuntu: apt-get install postgresql)."
        : null;
}
