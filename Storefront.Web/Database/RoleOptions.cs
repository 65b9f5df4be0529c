namespace Storefront.Web.Database;

/// <summary>Section <c>Database</c>: roles that exist already, and that <c>--migrate</c> gives what they need and no more.</summary>
internal sealed class RoleOptions
{
    /// <summary>What the shop and its workers connect as. Empty: nothing is granted, for instance because it is the owner.</summary>
    public string AppRole { get; set; } = "";

    /// <summary>What reports are read as: no person, no mail, no job. Empty: nothing is granted.</summary>
    public string ReportRole { get; set; } = "";
}
