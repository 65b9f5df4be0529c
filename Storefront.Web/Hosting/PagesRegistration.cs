using Storefront.Web.Admin;
using Storefront.Web.Areas.Admin;

namespace Storefront.Web.Hosting;

internal static class PagesRegistration
{
    public static void AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorPages(pages =>
        {
            pages.Conventions.AuthorizeAreaFolder("Admin", "/", Policies.Staff);
            pages.Conventions.AddAreaFolderApplicationModelConvention("Admin", "/", page => page.Filters.Add(new OnlyWhoMay()));
        });
        builder.Services.Configure<RouteOptions>(routes => routes.LowercaseUrls = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 2 * 1024 * 1024;
        });
    }
}
