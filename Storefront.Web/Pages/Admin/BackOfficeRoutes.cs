using Hangfire;
using Hangfire.Dashboard;
using Storefront.Web.Identity;
using Storefront.Web.Settings;

namespace Storefront.Web.Pages.Admin;

/// <summary>What the back office has beside its pages.</summary>
internal static class BackOfficeRoutes
{
    public const string Dashboard = "/admin/jobs";

    /// <summary>The Hangfire dashboard: for staff by policy, never by where the request comes from, and read-only for viewers.</summary>
    public static void MapBackOffice(this WebApplication app)
    {
        app.MapOrdersCsv();
        app.UseDashboardCommands(Dashboard);
        app.MapHangfireDashboardWithAuthorizationPolicy(Policies.Staff, Dashboard, new DashboardOptions
        {
            DashboardTitle = "Storefront jobs",
            AppPath = PublicPath.Of(app) + "/admin",
            DisplayStorageConnectionString = false,
            IsReadOnlyFunc = context => !context.GetHttpContext().User.MayOperate(),
        });
    }
}
