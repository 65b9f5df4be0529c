using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Storefront.Web.Identity;
using Storefront.Web.Security;

namespace Storefront.Web.Hosting;

internal static class PagesRegistration
{
    public static void AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorPages(pages =>
        {
            pages.Conventions.Add(new PageRouteTransformerConvention(new Lowercase()));
            pages.Conventions.AuthorizeFolder("/Admin", Policies.Staff);
            foreach (var page in OpenPages.All) pages.Conventions.AllowAnonymousToPage(page);
            pages.Conventions.AddFolderApplicationModelConvention("/Admin", page => page.Filters.Add(new RequirePolicyFilter()));
        }).AddMvcOptions(mvc =>
        {
            mvc.Filters.Add(new OnlyKnownHandlers());
            // They read names as jQuery writes them, which no page does, and throw at a bracket that is not closed.
            mvc.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
            mvc.ValueProviderFactories.RemoveType<JQueryQueryStringValueProviderFactory>();
        });
        builder.Services.AddCompression();
        // Where it runs from a build, its assets are where the build put them, whatever the environment; a published app has them beside
        // it.
        builder.WebHost.UseStaticWebAssets();
    }

    /// <summary>The pages' own names only: what they are asked for, a SKU say, keeps its letters as they are.</summary>
    private sealed class Lowercase : IOutboundParameterTransformer
    {
        public string? TransformOutbound(object? value) => value?.ToString()?.ToLowerInvariant();
    }
}
